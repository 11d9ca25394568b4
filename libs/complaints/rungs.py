"""What the watchdog records: warnings, misses, urgings, and what follows a miss by itself."""

from __future__ import annotations

from datetime import datetime

from libs.complaints.commands import Command, Decision, ProposedEvent, Refusal
from libs.complaints.decide import decide_by_watchdog
from libs.complaints.state import Case, evolve
from libs.procedures.calendar import Calendar
from libs.procedures.clocks.declaration import Consequence
from libs.procedures.clocks.runs import Rung
from libs.procedures.facts import Fact
from libs.procedures.schema import Procedure

SYSTEM = "system"
"""The staff id and role of the watchdog."""


def decide_rung(
    case: Case, rung: Rung, procedure: Procedure, calendar: Calendar, now: datetime
) -> Decision | None:
    """The events of a warning or miss, if it has fallen and is not on record; None otherwise.

    A warning of an order's clock also urges the unit that holds the order. What follows a miss by
    itself is decided on the case with the miss on record; where a rule forbids it, only the miss is
    recorded. Everything is dated to the moment the rung fell.
    """
    if case.clocks is None or rung not in case.clocks.rungs_due(now):
        return None
    recorded = ProposedEvent(
        type=rung.event, order=rung.order, data=rung.data(), happened_at=rung.at
    )
    if rung.kind == "warned":
        return Decision(events=(recorded, *_urging(case, rung)))
    declared = procedure.clocks_by_id[rung.clock].consequence
    if declared is None:
        return Decision(events=(recorded,))
    after = evolve(case, _fact(case, recorded, rung, now), procedure, calendar)
    command = _command(after, declared, rung)
    followed = decide_by_watchdog(after, command, procedure, calendar, now)
    if isinstance(followed, Refusal):
        return Decision(events=(recorded,))
    return Decision(events=(recorded, *followed.events))


def _urging(case: Case, rung: Rung) -> tuple[ProposedEvent, ...]:
    order = case.orders.get(rung.order)
    if order is None or order.holder is None:
        return ()
    return (
        ProposedEvent(
            type="OrderUrged",
            order=rung.order,
            to=(order.holder,),
            data={"clock": rung.clock, "due_at": rung.due_at},
            happened_at=rung.at,
        ),
    )


def _command(case: Case, declared: Consequence, rung: Rung) -> Command:
    registration = case.registration
    assert registration is not None
    return Command(
        id=f"{rung.clock}/{rung.run}/{rung.order or ''}",
        action=declared.action,
        complaint="",
        staff=SYSTEM,
        role=SYSTEM,
        unit=registration.unit,
        order=rung.order,
        data=declared.data,
        happened_at=rung.at,
    )


def _fact(case: Case, event: ProposedEvent, rung: Rung, now: datetime) -> Fact:
    """The miss as it will stand in the stream."""
    registration = case.registration
    assert registration is not None
    return Fact(
        type=event.type,
        version=case.version + 1,
        happened_at=rung.at,
        recorded_at=now,
        staff=SYSTEM,
        role=SYSTEM,
        unit=registration.unit,
        order=event.order,
        data=event.data,
    )
