"""Playing a scenario against the pure core: steps at their minutes, the watchdog between them.

A minute M means M:00 for a step and M:59 for the watchdog's look, which comes after that minute's
steps; at `check_at` it has not looked yet.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from libs.complaints.commands import Command, Decision, Refusal
from libs.complaints.decide import decide
from libs.complaints.facts import facts_of
from libs.complaints.fields import check_fields
from libs.complaints.refusals import bad_field
from libs.complaints.rungs import SYSTEM, decide_rung
from libs.complaints.scenarios.picture import Picture, SeenClock
from libs.complaints.scenarios.reading import Scenario, ScenarioStep
from libs.complaints.scenarios.telling import fields_of, post_of, staff_of
from libs.complaints.state import evolve, initial
from libs.procedures.calendar import Calendar
from libs.procedures.clocks import Rung
from libs.procedures.facts import Value
from libs.procedures.fieldtypes import FieldError
from libs.procedures.numbering import following
from libs.procedures.schema import Procedure

_LOOK = timedelta(seconds=59)


def play(scenario: Scenario, procedure: Procedure, calendar: Calendar) -> Picture:
    """The whole scenario; a refused step leaves nothing behind."""
    game = _Game(scenario, procedure, calendar)
    refusals = []
    for step in scenario.steps:
        game.watch_until(step.at)
        refusals.append(game.take(step))
    game.watch_until(scenario.check_at)
    book = game.case.clocks
    views = book.views(scenario.check_at) if book is not None else ()
    return Picture(
        status=game.case.status,
        number=game.case.number,
        clocks=tuple(msgspec.convert(view, SeenClock, from_attributes=True) for view in views),
        events=tuple(game.events),
        refusals=tuple(refusals),
    )


class _Game:
    """The complaint while it is played."""

    def __init__(self, scenario: Scenario, procedure: Procedure, calendar: Calendar) -> None:
        self.case = initial()
        self.events: list[str] = []
        self._procedure, self._calendar = procedure, calendar
        self._zone = ZoneInfo(scenario.zone)
        self._last_number = scenario.last_number

    def take(self, step: ScenarioStep) -> Refusal | None:
        """One step at its minute."""
        command, errors = self._command(step)
        outcome = decide(self.case, command, self._procedure, self._calendar, step.at)
        unfit = tuple(bad_field(error) for error in errors)
        if isinstance(outcome, Refusal):
            return Refusal(broken=(*outcome.broken, *unfit))
        if unfit:
            return Refusal(broken=unfit)
        self._record(outcome, step.at, command)
        return None

    def watch_until(self, moment: datetime) -> None:
        """The watchdog's looks at every minute before `moment`, as far as something is due."""
        while (look := self._next_look()) is not None and look < moment:
            assert self.case.clocks is not None
            for rung in self.case.clocks.rungs_due(look):
                self._fire(rung, look)

    def _next_look(self) -> datetime | None:
        """M:59 of the minute of the next rung, or of the last event when that came later."""
        book, last = self.case.clocks, self.case.last_at
        falls = book.next_rung_at() if book is not None else None
        if falls is None or last is None:
            return None
        return max(falls, last).replace(second=0, microsecond=0) + _LOOK

    def _fire(self, rung: Rung, look: datetime) -> None:
        decision = decide_rung(self.case, rung, self._procedure, self._calendar, look)
        registration = self.case.registration
        if decision is None or registration is None:
            return
        command = Command(
            id="", action="", complaint="", staff=SYSTEM, role=SYSTEM, unit=registration.unit
        )
        self._record(decision, look, command)

    def _record(self, decision: Decision, recorded_at: datetime, command: Command) -> None:
        number = self._number(decision, recorded_at)
        version = self.case.version + 1
        for fact in facts_of(decision, command, version, recorded_at, number):
            self.events.append(fact.type)
            self.case = evolve(self.case, fact, self._procedure, self._calendar)

    def _number(self, decision: Decision, recorded_at: datetime) -> str | None:
        request = decision.number
        if request is None:
            return None
        zone = ZoneInfo(request.timezone)
        self._last_number = following(request.pattern, recorded_at, zone, self._last_number)
        return self._last_number

    def _command(self, step: ScenarioStep) -> tuple[Command, tuple[FieldError, ...]]:
        known = self._procedure.fields[step.action]
        raw = fields_of(step, known, self._zone)
        extra: dict[str, Value] = {
            name: str(value) for name, value in raw.items() if name not in known
        }
        checked = check_fields(
            step.action,
            {name: value for name, value in raw.items() if name in known},
            self._procedure,
        )
        # A value of a wrong kind is shown to the rules as it stands: the scenario may name the rule
        # that forbids it. The step is refused in any case.
        unfit: dict[str, Value] = {error.field: str(raw[error.field]) for error in checked.errors}
        command = Command(
            id=f"step-{step.line}",
            action=step.action,
            complaint="",
            staff=staff_of(step),
            role=step.role,
            unit=step.unit,
            post=post_of(step, known),
            order=step.order,
            to=step.to,
            data={**extra, **checked.data, **unfit},
            happened_at=step.happened_at,
        )
        return command, checked.errors
