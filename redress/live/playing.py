"""Playing a scenario through the running services: the same steps, looks and times as the pure one.

A minute M means M:00 for a step and M:59 for the watchdog's look, so the clock of the simulation
stands still: at M:00 while steps are taken, with the watchdog kept from looking, then at M:59 until
everything due has been recorded. Nothing is waited for by time: what is awaited is the position of
the projections and the next rung that the watchdog shows.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from libs.access.identity import Subject
from libs.complaints.commands import Refusal
from libs.complaints.refusals import refused
from libs.complaints.scenarios import Picture, Scenario, ScenarioStep
from libs.complaints.scenarios.telling import fields_of, post_of, staff_of
from libs.events.postgres.simulation import ClockRefused, Simulation
from libs.procedures.numbering import counted
from libs.procedures.schema import Procedure
from redress.live.callers import REGISTER, Callers
from redress.live.errors import LiveError
from redress.live.stage import Stage
from services.analytics.projection import CaseFacts
from services.dispatch.projection import WorkList
from services.sla.notices import Notices
from services.sla.open_clocks import OpenClocks

CONSUMERS = (OpenClocks.name, Notices.name, WorkList.name, CaseFacts.name)
NOWHERE = f"none-{0:032x}"
_LOOK = timedelta(seconds=59)
# A machine under load may take long; a consumer that has stopped never comes.
_GIVE_UP_S = 60.0
_ASK_EVERY_S = 0.002


class LivePlayer:
    """Plays one scenario after another on a stage, each in an emptied store; close it."""

    def __init__(self, stage: Stage) -> None:
        self._simulation = stage.simulation
        self._callers = Callers(stage.addresses, stage.key)

    def close(self) -> None:
        """Give the connections back."""
        self._callers.close()

    def play(self, scenario: Scenario, procedure: Procedure) -> Picture:
        """The whole scenario. Raises LiveError where the running system does not get through."""
        case = _Case(self._simulation, self._callers, scenario, procedure)
        refusals = []
        for step in scenario.steps:
            case.watch_until(step.at)
            refusals.append(case.take(step))
        case.watch_until(scenario.check_at)
        return case.picture(refusals)


class _Case:
    """The complaint while it is played, alone in the store."""

    def __init__(
        self, simulation: Simulation, callers: Callers, scenario: Scenario, procedure: Procedure
    ) -> None:
        self._simulation, self._callers = simulation, callers
        self._scenario, self._procedure = scenario, procedure
        self._zone = ZoneInfo(scenario.zone)
        self._complaint: str | None = None
        self._falls: datetime | None = None
        self._now, self._is_watched = scenario.steps[0].at, True
        simulation.reset(starts_at=self._now, speed=0)
        self._count_on()

    def take(self, step: ScenarioStep) -> Refusal | None:
        """One step at its minute, before the watchdog looks at it."""
        self._go_to(step.at, watched=False)
        registers = step.action == REGISTER
        if registers and self._complaint is not None:
            raise LiveError(
                f"line {step.line}: over HTTP a second registration is a complaint of its own"
            )
        known = self._procedure.fields[step.action]
        subject = Subject(
            staff=staff_of(step), role=step.role, unit=step.unit, post=post_of(step, known)
        )
        # What the procedure does not declare is read by no rule, and a service would not take it.
        told = fields_of(step, known, self._zone).items()
        body: dict[str, object] = {"with": {name: each for name, each in told if name in known}}
        if registers:
            body["procedure"] = self._procedure.id
        if step.order is not None:
            body["order"] = step.order
        if step.to:
            body["to"] = step.to
        if step.happened_at is not None:
            body["happened_at"] = step.happened_at
        outcome = self._callers.take(subject, step.action, self._complaint or NOWHERE, body)
        if isinstance(outcome, Refusal):
            # Of a complaint that is not there a service says no more than that.
            unborn = self._complaint is None and not registers
            return Refusal(broken=(refused("not-registered"),)) if unborn else outcome
        self._complaint = outcome
        self._falls = self._callers.next_rung_at(outcome)
        return None

    def watch_until(self, moment: datetime) -> None:
        """The watchdog's looks at every minute before `moment`, as far as something is due."""
        while (look := self._next_look()) is not None and look < moment:
            until(lambda: self._simulation.followed((OpenClocks.name,)), "the watchdog's clocks")
            self._go_to(look, watched=True)
            until(partial(self._watched, look), "the watchdog")

    def picture(self, refusals: list[Refusal | None]) -> Picture:
        """What the services show at `check_at`, once all of them have followed."""
        self._go_to(self._scenario.check_at, watched=False)
        until(lambda: self._simulation.followed(CONSUMERS), "the projections")
        parked = self._simulation.parked()
        if parked:
            raise LiveError(f"{parked[0].projection} parked the case: {parked[0].reason}")
        if self._complaint is None:
            return Picture(status=None, number=None, clocks=(), events=(), refusals=tuple(refusals))
        case = self._callers.case(self._complaint)
        return Picture(
            status=case.status,
            number=case.number,
            clocks=case.clocks,
            events=tuple(event.type for event in case.events),
            refusals=tuple(refusals),
        )

    def _next_look(self) -> datetime | None:
        """M:59 of the minute of the next rung, or of the present when that came later."""
        if self._falls is None:
            return None
        return max(self._falls, self._now).replace(second=0, microsecond=0) + _LOOK

    def _watched(self, look: datetime) -> bool:
        assert self._complaint is not None
        self._falls = self._callers.next_rung_at(self._complaint)
        return self._falls is None or self._falls > look

    def _go_to(self, instant: datetime, *, watched: bool) -> None:
        if (instant, watched) == (self._now, self._is_watched):
            return
        try:
            self._simulation.jump(instant, watched=watched)
        except ClockRefused as error:
            raise LiveError(f"{instant.astimezone(self._zone):%Y-%m-%d %H:%M}: {error}") from error
        self._now, self._is_watched = instant, watched

    def _count_on(self) -> None:
        """Numbers go on after `given.last_number`."""
        last, numbering = self._scenario.last_number, self._procedure.numbering
        if last is None:
            return
        first = self._scenario.steps[0]
        pattern = numbering.pattern_for(first.unit)
        found = counted(pattern, last, ZoneInfo(self._procedure.timezone))
        if found is None:
            raise LiveError(f"given.last_number {last} is no number by the pattern {pattern}")
        series = numbering.series(self._procedure.id, first.unit)
        self._simulation.count_on(
            series, numbering.resets, self._procedure.timezone, found[0], found[1]
        )


def until(reached: Callable[[], bool], who: str) -> None:
    """Ask until it is so. Raises LiveError for one that does not get there."""
    give_up_at = time.monotonic() + _GIVE_UP_S
    while not reached():
        if time.monotonic() > give_up_at:
            raise LiveError(f"{who} did not follow within {_GIVE_UP_S:.0f} s")
        time.sleep(_ASK_EVERY_S)
