"""Working-day calendars as versioned data."""

from __future__ import annotations

from libs.procedures.calendar.days import Calendar, CalendarRangeError, Day, DayKind
from libs.procedures.calendar.files import (
    calendar_document,
    load_calendar,
    load_calendars,
    read_calendar,
    with_part,
)

__all__ = [
    "Calendar",
    "CalendarRangeError",
    "Day",
    "DayKind",
    "calendar_document",
    "load_calendar",
    "load_calendars",
    "read_calendar",
    "with_part",
]
