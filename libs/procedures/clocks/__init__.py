"""Clocks: time limits that run from one event to another."""

from __future__ import annotations

from libs.procedures.clocks.book import ClockBook
from libs.procedures.clocks.deadlines import Deadline, deadline, warning_at
from libs.procedures.clocks.declaration import Clock, Consequence, Extension
from libs.procedures.clocks.explanation import ClockView, Explanation, Segment
from libs.procedures.clocks.limits import Limit, LimitRule
from libs.procedures.clocks.parsing import parse_clock
from libs.procedures.clocks.plan import ClockPlan
from libs.procedures.clocks.runs import Run, Rung
from libs.procedures.clocks.timetable import Timetable

__all__ = [
    "Clock",
    "ClockBook",
    "ClockPlan",
    "ClockView",
    "Consequence",
    "Deadline",
    "Explanation",
    "Extension",
    "Limit",
    "LimitRule",
    "Run",
    "Rung",
    "Segment",
    "Timetable",
    "deadline",
    "parse_clock",
    "warning_at",
]
