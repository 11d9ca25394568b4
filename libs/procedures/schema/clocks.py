"""The `clocks` section: declarations of libs.procedures.clocks, checked against the procedure."""

from __future__ import annotations

from collections.abc import Iterable

from libs.procedures.catalogue import ACTIONS, EVENTS
from libs.procedures.clocks.declaration import Clock
from libs.procedures.clocks.parsing import parse_clock
from libs.procedures.document import Node, suggestion
from libs.procedures.errors import DeclarationError
from libs.procedures.language import Words
from libs.procedures.language.words import ROLES
from libs.procedures.schema.sections import Parameter

_TEXTS = ("id", "source", "quote", "reading", "on_miss")
_REQUIRED = ("title", "source", "from", "to", "limit")
_PARTY = ("by", "unit", "unit_kind", "post", "to", "to_kind", "order")


def read_clocks(node: Node, words: Words, parameters: Iterable[Parameter]) -> tuple[Clock, ...]:
    """The clocks in the file's order; raises `ProcedureError`."""
    values = {parameter.id: parameter.default for parameter in parameters}
    return tuple(_clock(child, words, values) for child in node.items())


def _clock(node: Node, words: Words, parameters: dict[str, object]) -> Clock:
    entries = node.mapping()
    for key in _REQUIRED:
        if key not in entries:
            node.fail(f"has no {key}")
    plain = node.plain()
    assert isinstance(plain, dict)
    for key in _TEXTS:
        if key in entries and not entries[key].empty:
            plain[key] = entries[key].text()
    try:
        clock = parse_clock(plain, (), parameters)
    except DeclarationError as error:
        _at(node, error.path).fail(error.reason)
    _check_events(entries, clock)
    _check_when(entries, clock, words)
    _check_more_time(entries, words)
    _check_given_times(entries, clock, words)
    _check_consequence(entries, clock, words)
    return clock


def _check_events(entries: dict[str, Node], clock: Clock) -> None:
    named = {"from": clock.starts, "to": clock.stops, "cancelled_by": tuple(clock.cancelled_by)}
    for key, events in named.items():
        for event in events:
            if event not in EVENTS:
                entries[key].fail(f"no event '{event}'{suggestion(event, EVENTS)}")


def _check_when(entries: dict[str, Node], clock: Clock, words: Words) -> None:
    """Fields and unit kinds in `when` must be such as the events in question can carry."""
    if "when" not in entries or entries["when"].empty:
        return
    for key, node in entries["when"].mapping().items():
        prefix, _, name = key.rpartition(".")
        known: set[str]
        if prefix == "start":
            known = {*_PARTY, *words.event_fields(clock.starts)}
        elif prefix == "register":
            known = {*_PARTY, *words.event_fields(("ComplaintRegistered",))}
        elif prefix.startswith("stop"):
            stops = (prefix[5:],) if "." in prefix else clock.stops
            known = {*_PARTY, *words.event_fields(stops)}
        else:
            known = {*words.attributes, *(c.name for c in clock.counted_when)}
        words.check_field(name, known, node)
        _check_value(name, node, words)


def _check_value(name: str, node: Node, words: Words) -> None:
    """Roles, posts, kinds and words of closed lists must be such as there are."""
    if name in {"unit_kind", "to_kind"}:
        node.words(words.units.kinds)
    elif name == "by" and "by" not in words.types:
        node.words(ROLES)
    elif name == "post" and "post" not in words.types:
        node.words(words.posts)
    elif name == "unit":
        words.check_units(node)
    elif name not in _PARTY and not _is_comparison(node):
        words.check_values(name, node)


def _is_comparison(node: Node) -> bool:
    return isinstance(node.value, str) and node.value[:1] in {"<", ">"}


def _check_more_time(entries: dict[str, Node], words: Words) -> None:
    """Who may prolong or pause must be a role, and the units such as there are."""
    for key in ("extend", "pause"):
        way = entries.get(key)
        while way is not None and not way.empty:
            told = way.mapping()
            told["by"].words(ROLES)
            if "unit" in told:
                words.check_units(told["unit"])
            for name, node in told["when"].mapping().items() if "when" in told else ():
                words.check_field(name, words.attributes, node)
                _check_value(name, node, words)
            way = told.get("or")


def _check_given_times(entries: dict[str, Node], clock: Clock, words: Words) -> None:
    """A time that the starting event carries must be a field of it that holds a time."""
    given = {"from_at": clock.from_at, "limit": clock.limit.field}
    for key, name in given.items():
        if name is None:
            continue
        words.check_field(name, words.event_fields(clock.starts), entries[key])
        if not any(field.kind == "time" for field in words.types.get(name, ())):
            entries[key].fail(f"'{name}' holds no time")


def _check_consequence(entries: dict[str, Node], clock: Clock, words: Words) -> None:
    """What the system does with a miss is a known action with fields that it may carry."""
    if clock.consequence is None:
        return
    node = entries["then"].mapping()
    node["do"].word(tuple(ACTIONS))
    for name, child in node["with"].mapping().items() if "with" in node else ():
        words.check_field(name, words.step_fields((clock.consequence.action,)), child)
        words.check_values(name, child)


def _at(node: Node, path: Iterable[str | int]) -> Node:
    """The node that a path of keys leads to; the nearest one above where it leads nowhere."""
    for key in path:
        below = node.value
        if isinstance(below, dict) and key in below:
            node = below[key]
        elif isinstance(below, list) and key in range(len(below)):
            node = below[int(key)]
        else:
            return node
    return node
