"""What a case puts on the work lists: one row per open order, one for the complaint. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from libs.access.policy import with_above
from libs.casework.folding import KnownCase
from libs.complaints.decide import situation_of
from libs.procedures.clocks.runs import Run
from libs.procedures.orders import Order
from libs.procedures.situation import Step

WHOLE = ""
"""The `order_id` of a row about the complaint as a whole."""
IN_HAND = frozenset({"open", "answered"})
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Sorts a row without a running clock last."""


class OpenClock(msgspec.Struct, frozen=True, kw_only=True):
    """A clock that runs, as the list shows it; what remains is reckoned when it is shown."""

    clock: str
    run: int
    due_at: datetime
    warn_at: datetime | None
    warned: bool
    missed: bool
    soft: bool
    provisional: bool


class WorkRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a unit has in hand."""

    stream: str
    order_id: str
    unit: str
    version: int
    number: str | None
    procedure: str
    kind: str
    status: str
    received: bool
    level: str | None
    priority: str
    due_at: datetime
    registered_at: datetime
    changed_at: datetime
    clocks: tuple[OpenClock, ...]


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Which units a complaint has touched, and between which instants something was to be done.

    `units`: those that acted or were handed an order, with all above them. `happened_at`: of the
    registration; `last_at`: when the last event was recorded.
    """

    stream: str
    units: list[str]
    happened_at: datetime
    last_at: datetime


def reach_of(known: KnownCase) -> Reach:
    """Return what a case reaches."""
    registration, last_at = known.case.registration, known.case.last_at
    assert registration is not None, "a stream begins with its registration"
    assert last_at is not None
    return Reach(
        stream=known.stream,
        units=sorted({above for unit in known.units for above in with_above(unit)}),
        happened_at=registration.happened_at,
        last_at=last_at,
    )


def rows_of(known: KnownCase) -> Iterator[WorkRow]:
    """Yield the rows of a case; none when nothing about it is left to do."""
    case = known.case
    whole = _open_clocks(known, None)
    if case.status in IN_HAND or whole:
        yield _row(known, WHOLE, known.registered_by, "complaint", whole)
    for order in case.orders.open():
        if order.holder is not None:
            yield _order_row(known, order, whole)


def _order_row(known: KnownCase, order: Order, whole: tuple[OpenClock, ...]) -> WorkRow:
    own = _open_clocks(known, order.id)
    assert order.holder is not None
    row = _row(known, order.id, order.holder, order.kind, own)
    # An order without a clock of its own is as pressing as the complaint that it serves.
    due_at = row.due_at if own else _nearest(whole)
    return msgspec.structs.replace(row, received=order.received, due_at=due_at)


def _row(
    known: KnownCase, order_id: str, unit: str, kind: str, clocks: tuple[OpenClock, ...]
) -> WorkRow:
    case = known.case
    registration = case.registration
    assert registration is not None, "a stream begins with its registration"
    assert case.status is not None
    assert case.last_at is not None
    level = case.attributes.get("level")
    return WorkRow(
        stream=known.stream,
        order_id=order_id,
        unit=unit,
        version=known.version,
        number=case.number,
        procedure=known.pinned.procedure.id,
        kind=kind,
        status=case.status,
        received=True,
        level=level if isinstance(level, str) else None,
        priority=_priority(known),
        due_at=_nearest(clocks),
        registered_at=registration.recorded_at,
        changed_at=case.last_at,
        clocks=clocks,
    )


def _nearest(clocks: tuple[OpenClock, ...]) -> datetime:
    return min((clock.due_at for clock in clocks), default=NEVER)


def _priority(known: KnownCase) -> str:
    """The procedure's principles in their order: `0` where one holds, which sorts first."""
    procedure, case = known.pinned.procedure, known.case
    assert case.last_at is not None
    nobody = Step(action="", staff="", role="system", unit=known.registered_by)
    situation = situation_of(case, nobody, procedure, known.pinned.calendar, case.last_at)
    return "".join("0" if each.holds(situation) else "1" for each in procedure.priority)


def _open_clocks(known: KnownCase, order: str | None) -> tuple[OpenClock, ...]:
    book = known.case.clocks
    runs = (run for run in (book.runs() if book else ()) if run.phase == "open")
    shown = (_open_clock(run) for run in runs if run.order == order)
    return tuple(sorted(shown, key=lambda clock: clock.due_at))


def _open_clock(run: Run) -> OpenClock:
    assert run.due_at is not None, "an open run has a due time"
    return OpenClock(
        clock=run.clock.id,
        run=run.number,
        due_at=run.due_at,
        warn_at=min((at for _, at in run.warnings), default=None),
        warned=run.ever_warned,
        missed=run.missed,
        soft=run.clock.soft,
        provisional=run.provisional,
    )
