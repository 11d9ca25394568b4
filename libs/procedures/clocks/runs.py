"""One run of a clock: when it began and is due, how it ended, which of its rungs are recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from libs.procedures.clocks.deadlines import warning_at
from libs.procedures.clocks.declaration import Clock
from libs.procedures.clocks.limits import Limit
from libs.procedures.clocks.timetable import Timetable
from libs.procedures.facts import Fact, Value

Phase = Literal["waiting", "open", "lapsed", "stopped", "cancelled"]
RunState = Literal["open", "met", "missed", "cancelled"]
RungKind = Literal["warned", "missed"]
WARNED, MISSED = "DeadlineWarned", "DeadlineMissed"
WHOLE = 1000


class Rung(msgspec.Struct, frozen=True, kw_only=True, order=False):
    """A warning or miss to be recorded, once for ever per clock, order, run, due time and rung.

    `at`: the moment it fell (the due time for a miss). `share`: thousandths of the time used up.
    """

    clock: str
    order: str | None
    run: int
    due_at: datetime
    kind: RungKind
    share: int
    at: datetime
    soft: bool

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
    """

    clock: Clock
    order: str | None
    started_at: datetime
    started_by: int
    phase: Phase = "waiting"
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
    warnings: tuple[tuple[int, datetime], ...] = ()
    warned: frozenset[int] = frozenset()
    ever_warned: bool = False
    missed: bool = False

    def concerns(self, fact: Fact) -> bool:
        """Whether an event is about this run's order (or the run is not one of an order)."""
        return not self.clock.per_order or self.order == fact.order

    def ended(self, phase: Phase, fact: Fact) -> Run:
        """This run ended by an event, at its recorded time."""
        return msgspec.structs.replace(
            self,
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
                (share, warning_at(self.started_at, due_at, share, self.limit, timetable))
                for share in self.clock.warn_at
            ),
            warned=frozenset(),
        )

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
        return "missed" if self.due_at is not None and now > self.due_at else "open"

    def unrecorded(self) -> Iterator[Rung]:
        """Rungs not recorded yet that have fallen or will fall, earliest first.

        One falls only while the run is open: a stop at the very moment comes before it.
        """
        if self.due_at is None:
            return
        for share, at in self.warnings:
            if share not in self.warned and (self.ended_at is None or at < self.ended_at):
                yield self._rung("warned", share, at, self.due_at)
        if not self.missed and (self.ended_at is None or self.due_at < self.ended_at):
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
        )
