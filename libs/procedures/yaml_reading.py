"""Reading YAML into the tree of `libs.procedures.document`.

Refused at once, with file, line, field and reason: another encoding than UTF-8, control characters,
more than 1 MB, nesting deeper than 40, duplicate keys, anchors that are used again (bombs), tags,
a second document, and the YAML 1.1 words `yes`, `no`, `on`, `off` that silently become truth
values. Times stay text.

The tree is built from the parser's events, one after the other: PyYAML's own composer calls itself
for every level and takes the process down with it on a file of brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import yaml

from libs.procedures.document import Node, Plain, ProcedureError, shown

_LARGEST = 1_000_000
_DEEPEST = 40
_DECIMAL = re.compile(r"-?\d{1,15}\.\d{1,15}")
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,14})")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTH = {"true": True, "false": False}
_NEARLY_TRUTH = frozenset({"yes", "no", "on", "off"})
_CONTROL = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]")
_NO_TAG = frozenset({None, "!"})
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_document(path: Path) -> Node:
    """The tree of a file; `ProcedureError` says what makes it unreadable."""
    return parse_document(read_raw(path), path.name)


def read_raw(path: Path) -> bytes:
    """The bytes of a file, never many more than a document may have."""
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST + 1)
    except OSError as error:
        raise ProcedureError(path.name, 1, "", error.strerror or "cannot be read") from error


def parse_document(raw: bytes, file: str) -> Node:
    """The tree of a document given as bytes; `file` is the name used in errors."""
    if len(raw) > _LARGEST:
        raise ProcedureError(file, 1, "", f"is larger than {_LARGEST} bytes")
    text = _decoded(raw, file)
    try:
        root = _Builder(file).build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ProcedureError(file, line, "", f"is not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ProcedureError(file, 1, "", "is not YAML") from error
    if root is None:
        raise ProcedureError(file, 1, "", "is empty")
    return root


def _decoded(raw: bytes, file: str) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ProcedureError(file, line, "", "is not UTF-8") from error
    if (found := _CONTROL.search(text)) is not None:
        line = text.count("\n", 0, found.start()) + 1
        reason = f"holds the control character U+{ord(found[0]):04X}"
        raise ProcedureError(file, line, "", reason)
    return text


class _Builder:
    """Turns the parser's events into nodes. `_open`: the values still being filled, from the root;
    of a mapping also the key whose value comes next.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._open: list[tuple[Node, dict[str, Node] | list[Node]]] = []
        self._key: list[tuple[str, int] | None] = []
        self._root: Node | None = None

    def build(self, events: Iterator[yaml.Event]) -> Node | None:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and self._root is not None:
                self._fail(event, "holds a second document; a file is one procedure")
            elif isinstance(event, yaml.CollectionEndEvent):
                self._open.pop()
                self._key.pop()
            elif isinstance(event, yaml.NodeEvent):
                self._node(event)
        return self._root

    def _node(self, event: yaml.NodeEvent) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._fail(event, "repeats an anchored value; write it out")
        if getattr(event, "tag", None) not in _NO_TAG:
            self._fail(event, f"the tag '{getattr(event, 'tag', '')}' is not allowed")
        if self._awaits_key():
            self._take_key(event)
            return
        node = self._placed(event)
        if isinstance(event, yaml.ScalarEvent):
            node.value = _scalar(event, node)
            return
        if len(self._open) >= _DEEPEST:
            node.fail(f"is nested deeper than {_DEEPEST}")
        members: dict[str, Node] | list[Node] = (
            {} if isinstance(event, yaml.MappingStartEvent) else []
        )
        node.value = members
        self._open.append((node, members))
        self._key.append(None)

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1][1], dict) and self._key[-1] is None

    def _take_key(self, event: yaml.NodeEvent) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            self._fail(event, "a key must be a plain text")
        self._key[-1] = (str(event.value), _line(event))

    def _placed(self, event: yaml.NodeEvent) -> Node:
        """The new node in the place where it belongs; a value stands at its key's line."""
        line = _line(event)
        if not self._open:
            self._root = Node(None, self._file, line, "")
            return self._root
        parent, members = self._open[-1]
        if isinstance(members, list):
            node = Node(None, self._file, line, f"{parent.path}[{len(members)}]")
            members.append(node)
            return node
        key, line = self._key[-1] or ("", line)
        self._key[-1] = None
        node = Node(None, self._file, line, f"{parent.path}.{key}" if parent.path else key)
        if key in members:
            node.fail(f"the key '{shown(key)}' is given twice")
        members[key] = node
        return node

    def _fail(self, event: yaml.Event, reason: str) -> NoReturn:
        path = self._open[-1][0].path if self._open else ""
        if self._key and (waiting := self._key[-1]) is not None:
            path = f"{path}.{waiting[0]}" if path else waiting[0]
        raise ProcedureError(self._file, _line(event), path, reason)


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return mark.line + 1 if mark is not None else 1


def _scalar(event: yaml.ScalarEvent, here: Node) -> Plain:
    """A plain value; what stands in quotes, times and odd numbers stay text."""
    text = str(event.value)
    if not event.implicit[0]:
        return text
    if text in _NULLS:
        return None
    if (lower := text.lower()) in _TRUTH:
        return _TRUTH[lower]
    if lower in _NEARLY_TRUTH:
        here.fail(f"write true or false, or put '{text}' in quotes")
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
