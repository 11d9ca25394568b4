"""Working-day calendars as versioned data."""

from __future__ import annotations

from libs.procedures.calendar.days import Calendar, CalendarRangeError, Day, DayKind
from libs.procedures.calendar.files import load_calendar, load_calendars

__all__ = [
    "Calendar",
    "CalendarRangeError",
    "Day",
    "DayKind",
    "load_calendar",
    "load_calendars",
]
