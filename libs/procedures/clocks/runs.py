"""One run of a clock: when it began and is due, how it ended, which of its rungs are recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from libs.procedures.clocks.deadlines import Deadline, Pause, after_pause, deadline, warning_at
from libs.procedures.clocks.declaration import Clock
from libs.procedures.clocks.limits import Limit
from libs.procedures.clocks.timetable import Timetable
from libs.procedures.facts import Fact, Value

Phase = Literal["waiting", "open", "lapsed", "stopped", "cancelled"]
RunState = Literal["open", "met", "missed", "cancelled"]
RungKind = Literal["warned", "missed"]
WARNED, MISSED = "DeadlineWarned", "DeadlineMissed"
WHOLE = 1000


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """A warning or miss to be recorded, once for ever per clock, order, run, due time and rung.

    `at`: the moment it fell (the due time for a miss). `share`: thousandths of the time used up.
    `provisional`: the calendar may still move it.
    """

    clock: str
    order: str | None
    run: int
    due_at: datetime
    kind: RungKind
    share: int
    at: datetime
    soft: bool
    provisional: bool = False

    @property
    def event(self) -> str:
        """The type of the event that records it."""
        return MISSED if self.kind == "missed" else WARNED

    def data(self) -> dict[str, Value]:
        """The clear fields of that event; its order goes beside them."""
        return {
            "clock": self.clock,
            "run": self.run,
            "due_at": self.due_at,
            "share": self.share,
            "soft": self.soft,
        }


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run, counted from `started_at`.

    It *waits* until the complaint is of the clock's class, *lapses* when it ceases to be, and may
    hold again later; *stopped* and *cancelled* are final. `appeared_at`: when it came into being
    (recorded time). `ended_at`: recorded time of the stopping or cancelling event, `ended_by` its
    version, `claimed_at` when that is said to have happened. `keeps`: an escalation added other
    clocks and let this one live on. `warned`: shares recorded for the due time in force.
    `paused_at`: since when it stands still, `pauses`: stretches in which it did. `province`: whose
    working days it counts.
    """

    clock: Clock
    order: str | None
    started_at: datetime
    started_by: int
    phase: Phase = "waiting"
    province: str = ""
    number: int = 0
    given_due_at: datetime | None = None
    appeared_at: datetime | None = None
    limit: Limit | None = None
    uncapped_due_at: datetime | None = None
    first_due_at: datetime | None = None
    due_at: datetime | None = None
    provisional: bool = False
    ended_at: datetime | None = None
    ended_by: int | None = None
    claimed_at: datetime | None = None
    keeps: bool = False
    paused_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    warnings: tuple[tuple[int, datetime], ...] = ()
    warned: frozenset[int] = frozenset()
    ever_warned: bool = False
    missed: bool = False

    def concerns(self, fact: Fact) -> bool:
        """Whether an event is about this run's order (or the run is not one of an order)."""
        return not self.clock.per_order or self.order == fact.order

    def ended(self, phase: Phase, fact: Fact, timetable: Timetable) -> Run:
        """This run ended by an event, at its recorded time."""
        return msgspec.structs.replace(
            self.resumed(fact.recorded_at, timetable),
            phase=phase,
            ended_at=fact.recorded_at,
            ended_by=fact.version,
            claimed_at=fact.happened_at,
        )

    def due(self, due_at: datetime, timetable: Timetable) -> Run:
        """This run with another due time in force: no rung is recorded for it yet."""
        return msgspec.structs.replace(
            self,
            due_at=due_at,
            warnings=tuple(
                (
                    share,
                    warning_at(
                        self.started_at,
                        due_at,
                        share,
                        self.limit,
                        timetable.of(self.province),
                        pauses=self.pauses,
                    ),
                )
                for share in self.clock.warn_at
            ),
            warned=frozenset(),
        )

    def resumed(self, at: datetime, timetable: Timetable) -> Run:
        """This run going on after its pause, its due times moved by it; itself when not paused."""
        if self.paused_at is None or self.due_at is None or self.limit is None:
            return self
        pause, limit = Pause(self.paused_at, at), self.limit
        here = timetable.of(self.province)
        run = msgspec.structs.replace(self, paused_at=None, pauses=(*self.pauses, pause))

        def moved(due_at: datetime) -> datetime:
            return after_pause(due_at, limit, pause, here) if pause.from_at < due_at else due_at

        assert self.first_due_at is not None
        end = run.end(timetable)
        capped = self.first_due_at != self.uncapped_due_at
        first_due_at = moved(self.first_due_at) if capped else end.due_at
        extended = self.due_at != self.first_due_at
        due_at = moved(self.due_at) if extended else first_due_at
        moved_run = run.ending(end, first_due_at).due(due_at, timetable)
        # A warning given before the pause is not given again.
        return msgspec.structs.replace(moved_run, warned=self.warned)

    def end(self, timetable: Timetable) -> Deadline:
        """Where the limit ends by itself, without cap and extension; needs a limit."""
        assert self.limit is not None
        return deadline(self.started_at, self.limit, timetable.of(self.province), self.pauses)

    def ending(self, end: Deadline, first_due_at: datetime) -> Run:
        """This run with another end of its limit; `first_due_at`: that end, capped."""
        return msgspec.structs.replace(
            self,
            uncapped_due_at=end.due_at,
            first_due_at=first_due_at,
            provisional=end.provisional,
        )

    def settled(self, end: Deadline, first_due_at: datetime, timetable: Timetable) -> Run:
        """This run under a calendar that moves the end of its limit.

        An extension granted stays as it is. What was warned of counts as warned only if the due
        time stays as well.
        """
        run = self.ending(end, first_due_at)
        assert self.due_at is not None
        due_at = first_due_at if self.due_at == self.first_due_at else self.due_at
        warned = self.warned if due_at == self.due_at else frozenset()
        return msgspec.structs.replace(run.due(due_at, timetable), warned=warned)

    @property
    def overran(self) -> bool:
        """Whether it was missed for certain: on record, or ended after its due time."""
        if self.missed:
            return True
        return self.due_at is not None and self.ended_at is not None and self.ended_at > self.due_at

    def state(self, now: datetime) -> RunState:
        """Open, met, missed or cancelled, as seen at this time."""
        if self.overran:
            return "missed"
        if self.phase == "stopped":
            return "met"
        if self.phase != "open":
            return "cancelled"
        reached = min(now, self.paused_at or now)
        return "missed" if self.due_at is not None and reached > self.due_at else "open"

    def unrecorded(self) -> Iterator[Rung]:
        """Rungs not recorded yet that have fallen or will fall, earliest first.

        One falls only while the run is open and moves: an end or pause at that very moment comes
        before it.
        """
        if self.due_at is None:
            return
        until = self.ended_at or self.paused_at
        for share, at in self.warnings:
            if share not in self.warned and (until is None or at < until):
                yield self._rung("warned", share, at, self.due_at)
        if not self.missed and (until is None or self.due_at < until):
            yield self._rung("missed", WHOLE, self.due_at, self.due_at)

    def marked(self, kind: RungKind, share: int, due_at: datetime) -> Run:
        """This run with a rung on record."""
        if kind == "missed":
            return msgspec.structs.replace(self, missed=True)
        warned = self.warned | {share} if due_at == self.due_at else self.warned
        return msgspec.structs.replace(self, warned=warned, ever_warned=True)

    def _rung(self, kind: RungKind, share: int, at: datetime, due_at: datetime) -> Rung:
        return Rung(
            clock=self.clock.id,
            order=self.order,
            run=self.number,
            due_at=due_at,
            kind=kind,
            share=share,
            at=at,
            soft=self.clock.soft,
            provisional=self.provisional,
        )
