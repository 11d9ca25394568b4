"""The steps of a procedure in their order, what waits for what, and which clock spans what.

Rows are events in the order of a complaint's life (that of the catalogue); an arrow leads from an
event to the step that a rule lets happen only after it; a span is a clock from its first start to
its last stop.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from libs.procedures.catalogue import ACTION_OF, ACTIONS, EVENT_OF, EVENTS
from libs.procedures.document import Node
from libs.procedures.schema import Procedure
from libs.procedures.soundness.clauses import Clause, Clauses, read_clauses


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One step: who may take it (empty: no rule says) and how many rules guard it."""

    event: str
    roles: tuple[str, ...]
    rules: int


class Arrow(msgspec.Struct, frozen=True, kw_only=True):
    """`before` must have happened for `after`; `always`, or only in some cases."""

    before: str
    after: str
    always: bool


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A clock: its number in the table, and the events that start and stop it."""

    number: int
    clock: str
    starts: tuple[str, ...]
    stops: tuple[str, ...]


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the picture shows."""

    rows: tuple[Row, ...]
    arrows: tuple[Arrow, ...]
    spans: tuple[Span, ...]


def flow_of(procedure: Procedure, root: Node) -> Flow:
    """The flow of a procedure; `root` is its file as written."""
    clauses = read_clauses(root.mapping()["rules"])
    spans = tuple(
        Span(number=number, clock=clock.id, starts=clock.starts, stops=clock.stops)
        for number, clock in enumerate(procedure.clocks, 1)
    )
    arrows = tuple(_arrows(clauses))
    named = {event for span in spans for event in (*span.starts, *span.stops)}
    named |= {event for arrow in arrows for event in (arrow.before, arrow.after)}
    named |= {EVENT_OF[action] for action in clauses}
    rows = tuple(_row(event, clauses) for event in EVENTS if event in named)
    return Flow(rows=rows, arrows=arrows, spans=spans)


def _row(event: str, clauses: Clauses) -> Row:
    guards = clauses.get(ACTION_OF.get(event, ""), [])
    roles: tuple[str, ...] = ()
    for clause in guards:
        if clause.when is None and clause.needs is not None and "by" in clause.needs.mapping():
            roles = clause.needs.mapping()["by"].texts()
    return Row(event=event, roles=roles, rules=len({clause.rule for clause in guards}))


def _arrows(clauses: Clauses) -> Iterator[Arrow]:
    found: dict[tuple[str, str], bool] = {}
    for action in ACTIONS:
        for clause in clauses.get(action, ()):
            for before, sure in _before(clause):
                pair = (before, EVENT_OF[action])
                found[pair] = found.get(pair, False) or sure
    for (before, after), always in found.items():
        if before != after:
            yield Arrow(before=before, after=after, always=always)


def _before(clause: Clause) -> Iterator[tuple[str, bool]]:
    if clause.needs is not None:
        for event, sure in _wanted(clause.needs, sure=True):
            yield event, sure and clause.when is None


def _wanted(condition: Node, *, sure: bool) -> Iterator[tuple[str, bool]]:
    for key, node in condition.mapping().items():
        if key in {"all", "any"}:
            for child in node.items():
                yield from _wanted(child, sure=sure and key == "all")
        elif key in {"happened", "last"}:
            entries = node.mapping()
            highest = entries.get("at_most")
            types = entries["event"].texts() if "event" in entries else ()
            if "any" not in types and (highest is None or highest.value != 0):
                yield from ((event, sure and len(types) == 1) for event in types)
