"""All clocks of one complaint: an immutable fold over its events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from libs.procedures.clocks.explanation import ClockView, view_of
from libs.procedures.clocks.fold import Standing
from libs.procedures.clocks.moment import Attributes
from libs.procedures.clocks.plan import ClockPlan
from libs.procedures.clocks.runs import Run, Rung
from libs.procedures.facts import Fact
from libs.procedures.orders import OrderTable


class ClockBook(msgspec.Struct, frozen=True):
    """The runs of a procedure's clocks after some events.

    A pure function of the events, the procedure and the calendar: the same events give the same
    due times, states and rungs for ever.
    """

    plan: ClockPlan
    standing: Standing = Standing()

    def apply(self, fact: Fact, attributes: Attributes, orders: OrderTable) -> ClockBook:
        """The book after this event; `attributes` and `orders` are those right after it.

        The event stops open runs at its recorded time, then cancels, then starts runs at the time
        it is said to have happened. Pass the same `attributes` object while nothing changes.
        """
        standing = self.standing
        if fact.type not in self.plan.heard and attributes == standing.attributes:
            return self
        return ClockBook(self.plan, standing.after(self.plan, fact, attributes, orders))

    def under(self, plan: ClockPlan) -> ClockBook:
        """The same runs, to go on by another plan (that of another calendar)."""
        return self if plan is self.plan else ClockBook(plan, self.standing)

    def runs(self) -> Iterator[Run]:
        """Every run that has come into being, final ones first."""
        standing = self.standing
        yield from standing.past
        for run in standing.live:
            if run.number:
                yield run

    def open_run(self, clock: str, order: str | None = None) -> Run | None:
        """The open run of a clock (the latest of several); None when none is open."""
        for run in reversed(self.standing.live):
            if run.phase == "open" and run.clock.id == clock and run.order == order:
                return run
        return None

    def views(self, now: datetime) -> tuple[ClockView, ...]:
        """Every run as seen at this time, in the order in which they came to count."""
        runs = sorted(self.runs(), key=lambda run: (run.started_by, run.number))
        return tuple(view_of(run, now, self.plan.timetable) for run in runs)

    def rungs_due(self, now: datetime) -> tuple[Rung, ...]:
        """Warnings (from their time on) and misses (after it) not recorded yet, oldest first."""
        rungs = (rung for run in self.runs() for rung in run.unrecorded())
        fallen = (
            rung for rung in rungs if (rung.at < now if rung.kind == "missed" else rung.at <= now)
        )
        return tuple(sorted(fallen, key=lambda rung: (rung.at, rung.kind == "missed")))

    def next_rung_at(self) -> datetime | None:
        """When the next unrecorded rung falls (perhaps long ago); None when nothing will fall.

        A miss is due right after this moment, a warning at it.
        """
        return min((rung.at for run in self.runs() for rung in run.unrecorded()), default=None)
