"""What a newly announced calendar does to a complaint: its provisional due times become settled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from libs.complaints.commands import ProposedEvent
from libs.complaints.state import Case, evolve
from libs.procedures.calendar import Calendar
from libs.procedures.clocks import Run
from libs.procedures.clocks.plan import REPINNED
from libs.procedures.facts import Fact
from libs.procedures.schema import Procedure

SYSTEM = "system"
NO_ORDER = "-"
"""Stands among the orders of the event for a clock that runs per complaint."""


def decide_repin(
    case: Case, procedure: Procedure, calendar: Calendar, versions: tuple[str, str], now: datetime
) -> ProposedEvent | None:
    """The event that goes over to another calendar, with every due time it touches; None where it
    touches none.

    `calendar`: the complaint's own one with its provisional days settled by the new one.
    `versions`: of the calendar pinned until now and of the one published. A run is touched if its
    due time or a warning moves, or if it was provisional and no longer is.
    """
    registration = case.registration
    if case.clocks is None or registration is None:
        return None
    before, after = versions
    data = {"calendar_version": after, "calendar_before": before}
    fact = Fact(
        type=REPINNED,
        version=case.version + 1,
        happened_at=now,
        recorded_at=now,
        staff=SYSTEM,
        role=SYSTEM,
        unit=registration.unit,
        data={**data},
    )
    touched = list(_touched(case, evolve(case, fact, procedure, calendar)))
    if not touched:
        return None
    return ProposedEvent(
        type=REPINNED,
        data={
            **data,
            "clocks": tuple(old.clock.id for old, _ in touched),
            "orders": tuple(old.order or NO_ORDER for old, _ in touched),
            "runs": tuple(old.number for old, _ in touched),
            "old_due": tuple(old.due_at for old, _ in touched),
            "new_due": tuple(new.due_at for _, new in touched),
        },
    )


def _touched(before: Case, after: Case) -> Iterator[tuple[Run, Run]]:
    """Open runs that the event changes, as they were and as they are."""
    assert before.clocks is not None
    assert after.clocks is not None
    for old, new in zip(before.clocks.runs(), after.clocks.runs(), strict=True):
        if old.phase == "open" and _shown(old) != _shown(new):
            yield old, new


def _shown(run: Run) -> tuple[object, ...]:
    return run.due_at, run.first_due_at, run.warnings, run.provisional
