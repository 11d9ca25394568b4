"""A history told after the fact: its events with all that had fallen due, and the rules it broke.

What was done is done: steps are taken as told, none is refused, nothing is filled in and nothing
follows from a miss. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from libs.complaints.commands import Command, Decision, ProposedEvent
from libs.complaints.decide import events_of, objections, step_of
from libs.complaints.facts import facts_of
from libs.complaints.rungs import SYSTEM
from libs.complaints.state import Case, evolve, initial
from libs.procedures.calendar import Calendar
from libs.procedures.facts import Value
from libs.procedures.schema import Procedure

_JUST_BEFORE = timedelta(microseconds=1)


class ToldStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step that was taken at `at`, by whom, on which order, towards whom; fields typed."""

    action: str
    at: datetime
    role: str
    unit: str
    staff: str | None = None
    order: str | None = None
    to: tuple[str, ...] = ()
    data: dict[str, Value] = {}


class ToldEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the history, and who left it (the system left what fell due)."""

    event: ProposedEvent
    role: str
    unit: str
    staff: str | None = None


class Retelling(msgspec.Struct, frozen=True, kw_only=True):
    """All events in order; every (action, rule) that the steps broke when they were taken."""

    events: tuple[ToldEvent, ...]
    broken: tuple[tuple[str, str], ...]


def retell(
    steps: Sequence[ToldStep],
    procedure: Procedure,
    calendar: Calendar,
    until: datetime,
    *,
    judge: bool = True,
) -> Retelling:
    """The history of a complaint whose steps, in order, begin with its registration.

    Warnings and misses that fell until `until` stand where they fell: before the first step that
    came later. `judge`: whether the rules look at the steps at all.
    """
    teller = _Teller(procedure, calendar, steps)
    for step in steps:
        teller.fall_due(step.at - _JUST_BEFORE)
        teller.take(step, judge=judge)
    teller.fall_due(until)
    return Retelling(events=tuple(teller.events), broken=tuple(teller.broken))


class _Teller:
    """Folds the case on, event by event."""

    def __init__(self, procedure: Procedure, calendar: Calendar, steps: Sequence[ToldStep]) -> None:
        self._procedure, self._calendar, self._unit = procedure, calendar, steps[0].unit
        # A registration with the whole form classifies at once, unless the classification is told.
        self._classified_later = any(step.action == "classify" for step in steps)
        self._case: Case = initial()
        self.events: list[ToldEvent] = []
        self.broken: list[tuple[str, str]] = []

    def take(self, told: ToldStep, *, judge: bool) -> None:
        command = _command(told)
        if judge:
            objected = objections(self._case, command, self._procedure, self._calendar, told.at)
            self.broken.extend((told.action, each.rule) for each in objected)
        step = step_of(self._case, command, self._procedure)
        events = events_of(step, self._procedure, self._calendar, told.at)
        for event in events[:1] if self._classified_later else events:
            self._add(event, command, told.at)
            self.events.append(
                ToldEvent(event=event, role=told.role, unit=told.unit, staff=told.staff)
            )

    def fall_due(self, until: datetime) -> None:
        while self._case.clocks is not None:
            rung = next(iter(self._case.clocks.rungs_due(until)), None)
            if rung is None:
                return
            event = ProposedEvent(
                type=rung.event, order=rung.order, data=rung.data(), happened_at=rung.at
            )
            by_system = ToldStep(action="", at=rung.at, role=SYSTEM, unit=self._unit, staff=SYSTEM)
            self._add(event, _command(by_system), rung.at)
            self.events.append(ToldEvent(event=event, role=SYSTEM, unit=self._unit, staff=SYSTEM))

    def _add(self, event: ProposedEvent, command: Command, at: datetime) -> None:
        decision = Decision(events=(event,))
        for fact in facts_of(decision, command, self._case.version + 1, at):
            self._case = evolve(self._case, fact, self._procedure, self._calendar)


def _command(told: ToldStep) -> Command:
    return Command(
        id="",
        action=told.action,
        complaint="",
        staff=told.staff or SYSTEM,
        role=told.role,
        unit=told.unit,
        order=told.order,
        to=told.to,
        data=told.data,
    )
