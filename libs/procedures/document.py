"""A YAML file as a tree that remembers where everything stands.

Refused at once, with file, line, field and reason: another encoding than UTF-8, more than 2 MB,
nesting deeper than 40, duplicate keys, anchors that are used again (bombs), tags, and the YAML 1.1
words `yes`, `no`, `on`, `off` that silently become truth values. Times stay text.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from pathlib import Path
from typing import NoReturn

import yaml

Plain = bool | int | float | str | None | list["Plain"] | dict[str, "Plain"]

_LARGEST = 2_000_000
_DEEPEST = 40
_DECIMAL = re.compile(r"-?\d{1,15}\.\d{1,15}")
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,14})")
_TAG = "tag:yaml.org,2002:"


class ProcedureError(ValueError):
    """What is wrong in a file, and where: `field` is the path of keys, `line` counts from 1."""

    def __init__(self, file: str, line: int, field: str, reason: str) -> None:
        super().__init__(f"{file}:{line}: {field or '(file)'}: {reason}")
        self.file, self.line, self.field, self.reason = file, line, field, reason


def suggestion(word: str, known: Collection[str]) -> str:
    """` (did you mean 'x'?)` for the known word nearest to `word`, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean '{near[0]}'?)" if near else ""


class Node:
    """One value of a document, with its place; every reader raises `ProcedureError`."""

    __slots__ = ("file", "line", "path", "value")

    def __init__(self, value: object, file: str, line: int, path: str) -> None:
        self.value, self.file, self.line, self.path = value, file, line, path

    def fail(self, reason: str) -> NoReturn:
        """Refuse this value."""
        raise ProcedureError(self.file, self.line, self.path, reason)

    @property
    def empty(self) -> bool:
        """Whether the value is `null`."""
        return self.value is None

    def mapping(self, known: Collection[str] | None = None) -> dict[str, Node]:
        """The entries; with `known`, any other key is refused with a suggestion."""
        if not isinstance(self.value, dict):
            self.fail("must be a mapping of keys to values")
        entries: dict[str, Node] = self.value
        for key, node in entries.items() if known is not None else ():
            if key not in (known or ()):
                node.fail(f"unknown key '{key}'{suggestion(key, known or ())}")
        return entries

    def items(self) -> list[Node]:
        """The members of a list."""
        if not isinstance(self.value, list):
            self.fail("must be a list")
        return list(self.value)

    def one_or_more(self) -> list[Node]:
        """The members of a list, or the value itself as the only member."""
        return list(self.value) if isinstance(self.value, list) else [self]

    def text(self) -> str:
        """A text that is not empty; numbers are taken as they are written."""
        if isinstance(self.value, bool) or not isinstance(self.value, str | int | float):
            self.fail("must be a text")
        text = str(self.value).strip()
        if not text:
            self.fail("must not be empty")
        return text

    def texts(self) -> tuple[str, ...]:
        """One text or a list of texts."""
        return tuple(node.text() for node in self.one_or_more())

    def word(self, known: Collection[str]) -> str:
        """A text out of a closed set."""
        text = self.text()
        if text not in known:
            self.fail(f"'{text}' is not known here{suggestion(text, known)}")
        return text

    def words(self, known: Collection[str]) -> tuple[str, ...]:
        """One text or a list of texts out of a closed set."""
        return tuple(node.word(known) for node in self.one_or_more())

    def flag(self) -> bool:
        """`true` or `false`."""
        if not isinstance(self.value, bool):
            self.fail("must be true or false")
        return self.value

    def whole(self, lowest: int = 0, highest: int = 1_000_000) -> int:
        """A whole number within bounds."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.fail("must be a whole number")
        if not lowest <= self.value <= highest:
            self.fail(f"must lie between {lowest} and {highest}")
        return self.value

    def number(self) -> int | float:
        """A number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.fail("must be a number")
        return self.value

    def plain(self) -> Plain:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        assert self.value is None or isinstance(self.value, bool | int | float | str)
        return self.value


def read_document(path: Path) -> Node:
    """The tree of a file; `ProcedureError` says what makes it unreadable."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ProcedureError(path.name, 1, "", error.strerror or "cannot be read") from error
    return parse_document(raw, path.name)


def parse_document(raw: bytes, file: str) -> Node:
    """The tree of a document given as bytes; `file` is the name used in errors."""
    if len(raw) > _LARGEST:
        raise ProcedureError(file, 1, "", f"is larger than {_LARGEST} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ProcedureError(file, line, "", "is not UTF-8") from error
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ProcedureError(file, line, "", f"is not YAML: {error.problem}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ProcedureError(file, 1, "", "is not YAML") from error
    if root is None:
        raise ProcedureError(file, 1, "", "is empty")
    return _Builder(file).build(root, "", 0)


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Builder:
    """Turns PyYAML's nodes into ours; every node may be met once only."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._seen: set[int] = set()

    def build(self, node: yaml.Node, path: str, depth: int) -> Node:
        line = node.start_mark.line + 1
        here = Node(None, self._file, line, path)
        if id(node) in self._seen:
            here.fail("repeats an anchored value; write it out")
        self._seen.add(id(node))
        if depth > _DEEPEST:
            here.fail(f"is nested deeper than {_DEEPEST}")
        if isinstance(node, yaml.MappingNode):
            here.value = self._mapping(node, here, depth)
        elif isinstance(node, yaml.SequenceNode):
            here.value = [
                self.build(child, f"{path}[{index}]", depth + 1)
                for index, child in enumerate(node.value)
            ]
        elif isinstance(node, yaml.ScalarNode):
            here.value = _scalar(node, here)
        return here

    def _mapping(self, node: yaml.MappingNode, here: Node, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                here.fail("a key must be a plain text")
            key = str(key_node.value)
            path = f"{here.path}.{key}" if here.path else key
            child = self.build(value_node, path, depth + 1)
            child.line = key_node.start_mark.line + 1
            if key in entries:
                child.fail(f"the key '{key}' is given twice")
            entries[key] = child
        return entries


def _scalar(node: yaml.ScalarNode, here: Node) -> Plain:
    """A plain value; times and odd numbers stay the text they are written as."""
    text = str(node.value)
    kind = node.tag.removeprefix(_TAG)
    if kind == "null":
        return None
    if kind == "bool":
        if text.lower() not in {"true", "false"}:
            here.fail(f"write true or false, or put '{text}' in quotes")
        return text.lower() == "true"
    if kind == "int" and _WHOLE.fullmatch(text):
        return int(text)
    if kind == "float" and _DECIMAL.fullmatch(text):
        return float(text)
    if kind not in {"str", "timestamp", "int", "float", "value"}:
        here.fail(f"the tag '{node.tag}' is not allowed")
    return text
