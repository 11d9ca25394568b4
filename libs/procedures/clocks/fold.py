"""What one event does to the clocks of a complaint: stops, then cancellations, then starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import msgspec

from libs.procedures.clocks.declaration import Clock
from libs.procedures.clocks.moment import Attributes, Moment, of_class
from libs.procedures.clocks.plan import (
    ANSWERED,
    ESCALATED,
    EXTENDED,
    PAUSED,
    REGISTERED,
    REPINNED,
    RESUMED,
    ClockPlan,
)
from libs.procedures.clocks.runs import MISSED, WARNED, Run, RungKind
from libs.procedures.facts import Fact
from libs.procedures.orders import OrderTable

Key = tuple[str, str | None]
_FINAL = ("stopped", "cancelled")


class Standing(msgspec.Struct, frozen=True):
    """What is known of a complaint's clocks: `live` runs may still change, `past` ones are final.

    `begun`: clocks (with their order) whose first starting event has been, and how many of their
    runs have come into being.
    """

    live: tuple[Run, ...] = ()
    past: tuple[Run, ...] = ()
    begun: Mapping[Key, int] = {}
    attributes: Attributes = {}
    registered: Fact | None = None
    answered: bool = False

    def after(
        self, plan: ClockPlan, fact: Fact, attributes: Attributes, orders: OrderTable
    ) -> Standing:
        """The standing after an event; `attributes` and `orders` are those right after it."""
        moment = Moment(
            plan=plan,
            fact=fact,
            attributes=attributes,
            orders=orders,
            registered=fact if fact.type == REGISTERED else self.registered,
            answered=self.answered or fact.type == ANSWERED,
        )
        return _Fold(self, moment).outcome()


class _Fold:
    """The steps of one event, on a copy of the live runs."""

    def __init__(self, before: Standing, moment: Moment) -> None:
        self._moment = moment
        self._fact = moment.fact
        self._timetable = moment.plan.timetable
        self._attributes_before = before.attributes
        self._live = list(before.live)
        self._past = before.past
        self._begun = dict(before.begun)
        self._adds = moment.plan.escalation_adds and moment.fact.type == ESCALATED

    def outcome(self) -> Standing:
        moment, fact = self._moment, self._fact
        if fact.type in (WARNED, MISSED):
            self._mark()
        if fact.type in moment.plan.stopping:
            self._change(self._after_stop)
        if fact.type in moment.plan.cancelling:
            self._change(self._after_cancelling)
        if moment.attributes is not self._attributes_before:
            self._change_class()
        self._live = [run for run in self._live if not self._settled_otherwise(run)]
        if fact.type in (EXTENDED, PAUSED, RESUMED):
            self._move_named_run()
        if fact.type == REPINNED:
            self._change(lambda run: moment.settled(run, self._earlier()))
        for clock in moment.plan.starting.get(fact.type, ()):
            self._start(clock)
        return Standing(
            tuple(run for run in self._live if run.phase not in _FINAL),
            (*self._past, *(run for run in self._live if run.phase in _FINAL)),
            self._begun,
            moment.attributes,
            moment.registered,
            moment.answered,
        )

    def _change(self, step: Callable[[Run], Run | None]) -> None:
        """Replaces every live run by what the step makes of it; None drops it."""
        changed: list[Run | None] = []
        for index, run in enumerate(self._live):
            after = step(run)
            changed.append(after)
            # In place, one by one: a run may look at those before it as they are now.
            self._live[index] = after or run
        self._live = [run for run in changed if run is not None]

    def _after_stop(self, run: Run) -> Run:
        if run.phase in _FINAL or not self._moment.stops(run):
            return run
        if run.phase == "open":
            return run.ended("stopped", self._fact, self._timetable)
        if run.phase == "lapsed":
            # What would have stopped it has happened: it cannot come to hold again.
            return msgspec.structs.replace(run, phase="cancelled")
        return run if run.ended_at else run.ended("waiting", self._fact, self._timetable)

    def _after_cancelling(self, run: Run) -> Run | None:
        if run.phase in _FINAL or not self._moment.cancels(run):
            return run
        return self._cancelled(run)

    def _cancelled(self, run: Run) -> Run | None:
        if run.phase == "open":
            return run.ended("cancelled", self._fact, self._timetable)
        if run.phase == "lapsed":
            return msgspec.structs.replace(run, phase="cancelled")
        return None if run.phase == "waiting" else run

    def _change_class(self) -> None:
        self._change(lambda run: self._after_change(run) if run.clock.class_when else run)
        if self._adds:
            for clock in self._moment.plan.clocks:
                self._add(clock)

    def _after_change(self, run: Run) -> Run:
        holds = self._moment.of_class(run.clock)
        if run.phase == "waiting" and holds:
            return self._appeared(self._from_here(run) if self._adds else run)
        if run.phase == "open" and not holds and not run.keeps:
            if self._adds:
                return msgspec.structs.replace(run, keeps=True)
            return run.ended("lapsed", self._fact, self._timetable)
        if run.phase == "lapsed" and holds and not self._adds:
            return msgspec.structs.replace(
                run, phase="open", ended_at=None, ended_by=None, claimed_at=None
            )
        return run

    def _settled_otherwise(self, run: Run) -> bool:
        """Stopped while the complaint was of another class: never run again under this one."""
        return (
            run.phase == "waiting"
            and run.ended_at is not None
            and not self._moment.undetermined(run.clock)
        )

    def _add(self, clock: Clock) -> None:
        """Starts a clock of the new class at the escalation itself."""
        key = (clock.id, None)
        if (
            clock.per_order
            or not (key in self._begun or ESCALATED in clock.starts)
            or not self._moment.of_class(clock)
            or of_class(clock, self._attributes_before)
            or any(run.phase == "open" and run.clock.id == clock.id for run in self._live)
        ):
            return
        self._begun.setdefault(key, 0)
        run = Run(
            clock=clock,
            order=None,
            started_at=self._fact.happened_at,
            started_by=self._fact.version,
        )
        self._live.append(self._appeared(run))

    def _from_here(self, run: Run) -> Run:
        return msgspec.structs.replace(
            run,
            started_at=self._fact.happened_at,
            started_by=self._fact.version,
            ended_at=None,
            ended_by=None,
            claimed_at=None,
        )

    def _move_named_run(self) -> None:
        """Extends, pauses or resumes the open run of the named clock, the latest of several."""
        named = self._fact.data.get("clock")
        for index in range(len(self._live) - 1, -1, -1):
            run = self._live[index]
            if run.clock.id == named and run.phase == "open" and run.concerns(self._fact):
                self._live[index] = self._moved(run)
                return

    def _moved(self, run: Run) -> Run:
        fact = self._fact
        due_at = fact.data.get("new_due")
        if fact.type == EXTENDED and isinstance(due_at, datetime):
            return run.due(due_at, self._timetable)
        if fact.type == PAUSED and run.clock.pausing and run.paused_at is None:
            return msgspec.structs.replace(run, paused_at=fact.recorded_at)
        return run.resumed(fact.recorded_at, self._timetable) if fact.type == RESUMED else run

    def _mark(self) -> None:
        data = self._fact.data
        named = (data.get("clock"), self._fact.order, data.get("run"))
        share, due_at = data.get("share"), data.get("due_at")
        kind: RungKind = "missed" if self._fact.type == MISSED else "warned"

        def after(run: Run) -> Run:
            if (run.clock.id, run.order, run.number) != named:
                return run
            if not isinstance(share, int) or not isinstance(due_at, datetime):
                return run
            return run.marked(kind, share, due_at)

        self._live = [after(run) for run in self._live]
        self._past = tuple(after(run) for run in self._past)

    def _start(self, clock: Clock) -> None:
        key = (clock.id, self._fact.order if clock.per_order else None)
        if (key in self._begun and not clock.restarts) or not self._moment.starts(clock):
            return
        run = self._moment.new_run(clock)
        if run is None:
            return
        self._begun.setdefault(key, 0)
        if clock.restarts and not clock.open_run_stays:
            self._change(
                lambda one: self._cancelled(one) if (one.clock.id, one.order) == key else one
            )
        if clock.from_at is not None and self._moment.stops(run):
            run = run.ended("waiting", self._fact, self._timetable)
        self._live.append(self._appeared(run) if self._moment.of_class(clock) else run)

    def _appeared(self, run: Run) -> Run:
        key = (run.clock.id, run.order)
        self._begun[key] += 1
        return self._moment.appeared(run, self._begun[key], self._earlier())

    def _earlier(self) -> Iterator[Run]:
        for runs in (self._past, self._live):
            for run in runs:
                if run.number:
                    yield run
