"""Blocks about what happened before: counts of events, the first and the last of a kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from libs.procedures.document import Node
from libs.procedures.facts import Fact, Value
from libs.procedures.language.scope import (
    Block,
    Scope,
    counted,
    fields_test,
    unit_test,
)
from libs.procedures.language.step_blocks import BLOCKS as STEP_BLOCKS
from libs.procedures.language.words import ROLES
from libs.procedures.situation import Situation

Select = Callable[[Situation], Iterable[Fact]]
Span = Callable[[Situation], tuple[int, int]]
Edge = Callable[..., int]

_FILTERS = ("with", "by", "unit", "unit_kind", "post", "to", "to_kind", "order", "same", "differs")
_SPAN = ("since", "after", "before")
ANY_EVENT = "any"


def event_field(name: str, _situation: Situation, event: Fact | None) -> Value:
    """A field of an event; a sealed one counts as set."""
    assert event is not None
    value = event.data.get(name)
    return True if value is None and name in event.sealed else value


def _happened(node: Node, scope: Scope) -> Block:
    """So many events of this kind, with these fields, by these people, since another event."""
    entries = node.mapping(("event", *_FILTERS, *_SPAN, "at_least", "at_most"))
    select = _selection(node, entries, scope)
    enough = counted(entries)

    def happened(situation: Situation, _event: Fact | None) -> bool:
        return enough(sum(1 for _ in select(situation)))

    return happened


def _edge(index: int) -> Callable[[Node, Scope], Block]:
    """The first or last event that fits `where` and `order` exists and fits the rest."""

    def compile_edge(node: Node, scope: Scope) -> Block:
        entries = node.mapping(("event", "where", *_FILTERS, *_SPAN))
        types = _types(node, entries, scope)
        where = [_where(entries["where"], types, scope)] if "where" in entries else []
        if "order" in entries:
            where.append(_filter("order", entries.pop("order"), types, scope))
        spans = {key: entries[key] for key in _SPAN if key in entries}
        chosen = _facts(types, where, _span(spans, scope))
        tests = _filters(entries, types, scope)

        def edge(situation: Situation, _event: Fact | None) -> bool:
            facts = list(chosen(situation))
            return bool(facts) and all(test(situation, facts[index]) for test in tests)

        return edge

    return compile_edge


def _selection(node: Node, entries: dict[str, Node], scope: Scope) -> Select:
    types = _types(node, entries, scope)
    spans = {key: entries[key] for key in _SPAN if key in entries}
    return _facts(types, _filters(entries, types, scope), _span(spans, scope))


def _types(node: Node, entries: dict[str, Node], scope: Scope) -> tuple[str, ...]:
    if "event" not in entries:
        node.fail("names no event")
    if entries["event"].value == ANY_EVENT:
        return tuple(scope.words.events)
    return entries["event"].words(tuple(scope.words.events))


def _facts(types: tuple[str, ...], tests: list[Block], span: Span) -> Select:
    def facts(situation: Situation) -> Iterable[Fact]:
        found = [fact for kind in types for fact in situation.history.get(kind, ())]
        if len(types) > 1:
            found.sort(key=lambda fact: fact.version)
        after, before = span(situation)
        for fact in found:
            if after < fact.version < before and all(test(situation, fact) for test in tests):
                yield fact

    return facts


_NEVER = 1 << 60


def _whole(_situation: Situation) -> tuple[int, int]:
    return 0, _NEVER


def _span(entries: dict[str, Node], scope: Scope) -> Span:
    """Between which versions events count: after the last such event (or the `first` one), or
    `before` the first one. `since` an event that never was: all of them count; `before` it: too;
    `after` such an event: none.
    """
    if not entries:
        return _whole
    if len(entries) > 1:
        next(iter(entries.values())).fail("say one of since, after and before")
    key, node = next(iter(entries.items()))
    select, edge = _starting(node, scope, min if key == "before" else max)
    otherwise = 0 if key == "since" else _NEVER

    def span(situation: Situation) -> tuple[int, int]:
        found = edge((fact.version for fact in select(situation)), default=otherwise)
        return (0, found) if key == "before" else (found, _NEVER)

    return span


def _starting(node: Node, scope: Scope, edge: Edge) -> tuple[Select, Edge]:
    if isinstance(node.value, dict):
        entries = node.mapping(("event", *_FILTERS, "which"))
        if "which" in entries:
            edge = min if entries["which"].word(("first", "last")) == "first" else max
        return _selection(node, entries, scope), edge
    return _facts(node.words(tuple(scope.words.events)), [], _whole), edge


def _where(node: Node, types: tuple[str, ...], scope: Scope) -> Block:
    return fields_test(node, scope, scope.words.event_fields(types), event_field)


def _filters(entries: dict[str, Node], types: tuple[str, ...], scope: Scope) -> list[Block]:
    """The tests one event must pass; the cheap ones first."""
    return [_filter(key, entries[key], types, scope) for key in _FILTERS if key in entries]


def _filter(  # noqa: PLR0911 - one return per key
    key: str, node: Node, types: tuple[str, ...], scope: Scope
) -> Block:
    words = scope.words
    match key:
        case "by":
            roles = frozenset(node.words(ROLES))
            return lambda _, event: event is not None and event.role in roles
        case "unit_kind":
            kinds = frozenset(node.words(words.units.kinds))
            return lambda _, event: event is not None and event.unit_kind in kinds
        case "to_kind":
            kinds = frozenset(node.words(words.units.kinds))
            return lambda _, event: event is not None and not kinds.isdisjoint(event.to_kinds)
        case "post":
            posts = frozenset(node.words(words.posts))
            return lambda _, event: event is not None and event.post in posts
        case "order":
            if node.word(("same", "none")) == "none":
                return lambda _, event: event is not None and event.order is None
            return lambda situation, event: (
                event is not None and event.order == (situation.step.order)
            )
        case "with":
            return _where(node, types, scope)
        case "same" | "differs":
            return STEP_BLOCKS[key](node, scope)
    if key == "unit":
        words.check_units(node)
    return _by_unit(key, node)


def _by_unit(key: str, node: Node) -> Block:
    fits = unit_test(node)
    if key == "unit":
        return lambda situation, event: event is not None and fits(event.unit, situation)
    return lambda situation, event: (
        event is not None and any(fits(unit, situation) for unit in event.to)
    )


BLOCKS: dict[str, Callable[[Node, Scope], Block]] = {
    "happened": _happened,
    "last": _edge(-1),
    "first": _edge(0),
}
