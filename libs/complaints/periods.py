"""Periods of figures: a day, week, month, quarter, half-year or year of the procedure's zone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_PERIOD = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?|W(?P<week>\d{2})|Q(?P<quarter>[1-4])|H(?P<half>[12]))?",
    re.ASCII,
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


def period_bounds(text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Begin and end (not part of it) of `2026`, `2026H1`, `2026Q1`, `2026-03`, `2026W10` (ISO 8601,
    Monday to Sunday) or `2026-03-02`.

    Raises ValueError for anything else, a day that does not exist, or a year no clock reckons with.
    """
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise ValueError("a period is written 2026, 2026H1, 2026Q1, 2026-03, 2026W10, 2026-03-02")
    year = int(found["year"])
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    if found["day"]:
        begin = datetime(year, int(found["month"]), int(found["day"]), tzinfo=zone)
        return begin, begin + timedelta(days=1)
    if found["week"]:
        monday = date.fromisocalendar(year, int(found["week"]), 1)
        begin = datetime(monday.year, monday.month, monday.day, tzinfo=zone)
        return begin, begin + timedelta(days=7)
    if found["month"]:
        return _months(year, int(found["month"]), 1, zone)
    if found["quarter"]:
        return _months(year, 3 * int(found["quarter"]) - 2, 3, zone)
    if found["half"]:
        return _months(year, 6 * int(found["half"]) - 5, 6, zone)
    return _months(year, 1, 12, zone)


def period_kind(text: str) -> str:
    """`day`, `week`, `month`, `quarter`, `half-year` or `year`, of a text that is a period."""
    found = _PERIOD.fullmatch(text)
    assert found is not None
    kinds = ("day", "week", "month", "quarter", "half")
    named = next((kind for kind in kinds if found[kind]), "year")
    return "half-year" if named == "half" else named


def _months(year: int, month: int, count: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    begin = datetime(year, month, 1, tzinfo=zone)
    years, index = divmod(month - 1 + count, 12)
    return begin, datetime(year + years, index + 1, 1, tzinfo=zone)
