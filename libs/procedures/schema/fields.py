"""The `fields` and `fills` sections: what steps may say beyond the catalogue, and what the system
writes in where nobody said it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from libs.procedures.catalogue import ACTIONS, Action
from libs.procedures.document import Node
from libs.procedures.facts import Scalar
from libs.procedures.fieldtypes import KINDS, FieldType
from libs.procedures.language import Words, compile_condition
from libs.procedures.language.language import Condition

ATTRIBUTE_ACTIONS = ("register", "classify", "supplement", "escalate")
"""Actions whose fields become fields of the complaint."""

COMPLAINT = "complaint"
Vocabularies = Mapping[str, tuple[str, ...]]


def read_fields(node: Node | None, lists: Vocabularies) -> dict[str, dict[str, FieldType]]:
    """Per action every field its step may carry: the catalogue's, and those declared.

    Fields under `complaint` may be set by each of `ATTRIBUTE_ACTIONS`. `lists` are the vocabularies
    a term may name (`levels`, `channels`, `categories.x`).
    """
    found = {name: _core(action, lists) for name, action in ACTIONS.items()}
    if node is None or node.empty:
        return found
    for section, child in node.mapping((COMPLAINT, *ACTIONS)).items():
        for name, declared in child.mapping().items():
            _check_name(name, declared)
            field = read_field(declared, lists)
            for action in ATTRIBUTE_ACTIONS if section == COMPLAINT else (section,):
                found[action][name] = field
    return found


def _core(action: Action, lists: Vocabularies) -> dict[str, FieldType]:
    closed = {"level": "levels", "channel": "channels"}
    return {
        name: FieldType(kind="term", values=lists.get(closed[name], ()))
        if name in closed
        else field
        for name, field in action.fields.items()
    }


def _check_name(name: str, node: Node) -> None:
    if not name.isidentifier() or not name.isascii() or name != name.lower():
        node.fail("a field's name is made of small letters, digits and underscores")


def read_field(node: Node, lists: Vocabularies) -> FieldType:
    """`flag`, `whole`, `slug`, `unit`, `time`, `text`, `{term: ...}`, `{text: [clear words]}`; in
    brackets: a list of it.
    """
    if isinstance(node.value, list):
        members = node.items()
        if len(members) != 1:
            node.fail("a list of values is written [type]")
        return msgspec.structs.replace(read_field(members[0], lists), many=True)
    if isinstance(node.value, dict):
        entries = node.mapping(("term", "text"))
        if "text" in entries:
            if "term" in entries:
                node.fail("is either a term or a text")
            return FieldType(kind="text", values=entries["text"].texts())
        return FieldType(kind="term", values=_values(entries, node, lists))
    kind = node.word(tuple(word for word in KINDS if word != "term"))
    return msgspec.convert({"kind": kind}, FieldType)


def _values(entries: dict[str, Node], node: Node, lists: Vocabularies) -> tuple[str, ...]:
    if "term" not in entries:
        node.fail("has no term: a list of words, or the name of a list")
    term = entries["term"]
    if isinstance(term.value, list):
        return term.texts()
    return lists[term.word(tuple(lists))]


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """What the system writes into a step at these actions, if `when` holds and `field` is unset.

    `value` is written as it stands; `due_of` takes the due time of the first open clock among these
    (rounded down to the minute). `replace`: also where the field was set.
    """

    at: tuple[str, ...]
    field: str
    when: Condition | None = None
    value: Scalar = None
    due_of: tuple[str, ...] = ()
    replace: bool = False


def read_fills(node: Node | None, words: Words) -> tuple[Fill, ...]:
    """The `fills` section."""
    if node is None or node.empty:
        return ()
    return tuple(fill for child in node.items() for fill in _fills(child, words))


def _fills(node: Node, words: Words) -> list[Fill]:
    entries = node.mapping(("at", "if", "set", "replace", "source", "reading"))
    for key in ("at", "set", "source"):
        if key not in entries:
            node.fail(f"has no {key}")
    at = entries["at"].words(tuple(words.fields))
    when = compile_condition(entries["if"], words, at) if "if" in entries else None
    replace = entries["replace"].flag() if "replace" in entries else False
    found = []
    for field, child in entries["set"].mapping().items():
        words.check_field(field, words.step_fields(at), child)
        value, due_of = _filled(child, words)
        found.append(
            Fill(at=at, field=field, when=when, value=value, due_of=due_of, replace=replace)
        )
    return found


def _filled(node: Node, words: Words) -> tuple[Scalar, tuple[str, ...]]:
    if isinstance(node.value, dict):
        entries = node.mapping(("due_of",))
        if "due_of" not in entries:
            node.fail("says neither a value nor due_of")
        return None, entries["due_of"].words(words.clocks)
    value = node.plain()
    if not isinstance(value, bool | int | str):
        node.fail("must be a word, a whole number, true or false")
    return value, ()
