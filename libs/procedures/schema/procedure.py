"""A procedure: one regulation as checked data, ready to decide by."""

from __future__ import annotations

from datetime import time
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import msgspec

from libs.procedures.calendar import Calendar
from libs.procedures.catalogue import ACTION_OF, event_fields
from libs.procedures.clocks.declaration import Clock
from libs.procedures.clocks.plan import ClockPlan
from libs.procedures.clocks.timetable import Timetable
from libs.procedures.fieldtypes import FieldType
from libs.procedures.language.language import Condition
from libs.procedures.letters import Letter
from libs.procedures.numbering import Numbering
from libs.procedures.rules import Rule, RuleBook
from libs.procedures.schema.fields import Fill
from libs.procedures.schema.repeats import Repeats
from libs.procedures.schema.sections import (
    Channel,
    Definition,
    Form,
    Kpi,
    Level,
    Parameter,
    Report,
    Sanction,
    Unit,
)
from libs.procedures.situation import Frame
from libs.procedures.texts import Text
from libs.procedures.units import UnitDirectory, UnitEntry


class Procedure(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One regulation in one version. Immutable; complaints pin `id` and `version`.

    `fields`: per action every field a step may carry. `attributes`: the fields of the complaint.
    `categories`: named lists of words. `classified_by_register`: a registration with all these
    fields also classifies. `escalation_adds`: an escalation leaves the old level's clocks running.
    `hours`: the working hours that limits in working hours count, on working days or on every day.
    `priority`: the conditions by
    which work lists are ordered, the first the strongest; then the nearest due time decides.
    """

    id: str
    version: str
    title: Text
    source: str
    scope: Text
    timezone: str
    calendar: str
    hours: tuple[tuple[time, time], ...] = ()
    hours_every_day: bool = False
    units: tuple[Unit, ...] = ()
    posts: dict[str, tuple[str, ...]] = {}
    channels: tuple[Channel, ...] = ()
    categories: dict[str, tuple[str, ...]] = {}
    levels: tuple[Level, ...] = ()
    definitions: tuple[Definition, ...] = ()
    classified_by_register: tuple[str, ...] = ()
    escalation_adds: bool = False
    attributes: dict[str, FieldType] = {}
    fields: dict[str, dict[str, FieldType]] = {}
    fills: tuple[Fill, ...] = ()
    numbering: Numbering = Numbering()
    clocks: tuple[Clock, ...] = ()
    rules: tuple[Rule, ...] = ()
    priority: tuple[Condition, ...] = ()
    letters: tuple[Letter, ...] = ()
    forms: tuple[Form, ...] = ()
    kpis: tuple[Kpi, ...] = ()
    reports: tuple[Report, ...] = ()
    repeats: Repeats = Repeats()
    sanctions: tuple[Sanction, ...] = ()
    commendations: tuple[Sanction, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    notes: tuple[Text, ...] = ()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone in which days and months are counted."""
        return ZoneInfo(self.timezone)

    @cached_property
    def directory(self) -> UnitDirectory:
        """The kinds of units."""
        return UnitDirectory(UnitEntry(id=unit.id, kind=unit.kind) for unit in self.units)

    @cached_property
    def rulebook(self) -> RuleBook:
        """The rules, found by action."""
        return RuleBook(self.rules)

    @cached_property
    def clocks_by_id(self) -> dict[str, Clock]:
        """The clocks by their ids."""
        return {clock.id: clock for clock in self.clocks}

    @cached_property
    def parameter_values(self) -> dict[str, object]:
        """What each open parameter stands at."""
        return {parameter.id: parameter.default for parameter in self.parameters}

    def event_fields(self, event: str) -> dict[str, FieldType]:
        """Every field that an event of this type may carry under this procedure."""
        action = ACTION_OF.get(event)
        own = self.fields.get(action, {}) if action is not None else {}
        return {**event_fields(event), **own}

    def frame(self, calendar: Calendar) -> Frame:
        """What conditions need besides the complaint; the same object for the same calendar."""
        return _frame(self, calendar)

    def timetable(self, calendar: Calendar) -> Timetable:
        """The calendar in the procedure's time zone, with its working hours."""
        return self.frame(calendar).timetable

    def __hash__(self) -> int:
        return hash((self.id, self.version))


@lru_cache(maxsize=256)
def _frame(procedure: Procedure, calendar: Calendar) -> Frame:
    timetable = Timetable(
        calendar, procedure.zone, procedure.hours, every_day=procedure.hours_every_day
    )
    return Frame(
        units=procedure.directory,
        timetable=timetable,
        plan=ClockPlan(procedure.clocks, timetable, escalation_adds=procedure.escalation_adds),
        parameters=procedure.parameter_values,
        scales={sanction.id: sanction.scale for sanction in procedure.sanctions},
    )
