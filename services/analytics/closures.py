"""On-time closure of one complaint, as its procedure defines the figure. Pure.

A procedure's indicator `on-time-closure` names in `measure` the clocks that are the limit, the
outcomes that count, and the denominator. A procedure without it gets the field's usual figure: any
closing, not after the last hard limit that runs for the complaint as a whole before it is closed,
over those closed or past that limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from libs.casework.folding import KnownCase
from libs.complaints.repeats import counts
from libs.procedures.clocks.runs import Run
from libs.procedures.facts import Fact
from libs.procedures.schema.measures import Measure

INDICATOR = "on-time-closure"
_NO_LIMIT = frozenset({"lapsed", "waiting"})


class ClosureRow(msgspec.Struct, frozen=True, kw_only=True):
    """When first closed, whether that outcome counts, and the limit without and with extensions."""

    closed_at: datetime | None
    outcome_counts: bool
    limit_at: datetime | None
    extended_limit_at: datetime | None
    counts_all: bool


def closure_of(known: KnownCase) -> ClosureRow:
    """The part of a complaint's row that on-time closure is counted from."""
    measure = measure_of(known)
    closings = known.case.history.get("ComplaintClosed", ())
    first = closings[0] if closings else None
    if not counts(known.case, known.pinned.procedure):
        return _uncounted(first)
    runs = _limits(known, measure, first)
    outcomes = measure.outcomes if measure else ()
    return ClosureRow(
        closed_at=first.recorded_at if first else None,
        outcome_counts=first is not None
        and (not outcomes or first.data.get("outcome") in outcomes),
        limit_at=max((run.first_due_at for run in runs if run.first_due_at), default=None),
        extended_limit_at=max((run.due_at for run in runs if run.due_at), default=None),
        counts_all=measure is not None and measure.of == "registered",
    )


def _uncounted(first: Fact | None) -> ClosureRow:
    """What neither numerator nor denominator counts: a repeat, where a matter counts once."""
    return ClosureRow(
        closed_at=first.recorded_at if first else None,
        outcome_counts=False,
        limit_at=None,
        extended_limit_at=None,
        counts_all=False,
    )


def measure_of(known: KnownCase) -> Measure | None:
    """How the complaint's procedure measures on-time closure, where it says so."""
    kpis = known.pinned.procedure.kpis
    return next((kpi.measure for kpi in kpis if kpi.id == INDICATOR), None)


def _limits(known: KnownCase, measure: Measure | None, closing: Fact | None) -> Sequence[Run]:
    """The runs that are the limit: of the class the complaint has now, of its first cycle."""
    book = known.case.clocks
    runs = [run for run in book.runs() if run.phase not in _NO_LIMIT] if book else []
    if measure is not None:
        named = [run for run in runs if run.clock.id in measure.within]
        return named[-1:]
    return [
        run
        for run in runs
        if run.order is None
        and not run.clock.soft
        and run.number == 1
        and (closing is None or run.started_by < closing.version)
    ]
