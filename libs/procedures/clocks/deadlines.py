"""Deadline arithmetic: when a limit that starts now ends, and when its warning falls."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta

import msgspec

from libs.procedures.clocks.limits import Limit
from libs.procedures.clocks.timetable import Timetable

_ELAPSED = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}
_WORKED = {
    "working-minutes": timedelta(minutes=1),
    "working-hours": timedelta(hours=1),
}
_MONTHS_A_YEAR = 12
_THOUSANDTHS = 1000


class Deadline(msgspec.Struct, frozen=True):
    """When a limit ends (UTC). `provisional`: a day it counts lies in a year not announced yet."""

    due_at: datetime
    provisional: bool = False


def deadline(start_at: datetime, limit: Limit, timetable: Timetable) -> Deadline:
    """The end of a limit that starts at `start_at`, to the microsecond.

    Minutes, hours and days run through nights and holidays; `0 days` ends at 24:00 of the same
    local day; months go to the same local day and time, clipped to a shorter month's last day;
    working days end at 24:00 of the n-th working day after the starting day, whatever its hour;
    working hours run only in the timetable's spans.
    """
    if (unit := _ELAPSED.get(limit.unit)) is not None and limit.value:
        return Deadline(start_at + limit.value * unit)
    if (unit := _WORKED.get(limit.unit)) is not None:
        due_at = timetable.after_work(start_at, limit.value * unit)
        return Deadline(due_at, _provisional(start_at, due_at, timetable))
    if limit.unit == "months":
        return Deadline(_months_after(start_at, limit.value, timetable))
    day = timetable.day_of(start_at)
    if limit.unit == "days":
        return Deadline(timetable.start_of(day + timedelta(days=1)))
    calendar = timetable.calendar
    last = calendar.working_day_after(day, limit.value)
    provisional = calendar.is_provisional(last) or calendar.is_provisional(day + timedelta(days=1))
    return Deadline(timetable.start_of(last + timedelta(days=1)), provisional)


def warning_at(
    start_at: datetime, due_at: datetime, share: int, limit: Limit | None, timetable: Timetable
) -> datetime:
    """The moment when `share` thousandths of the time are used up, rounded down to the minute.

    The time is what lies between start and due; for working-hour limits, what is worked of it.
    """
    if limit is not None and limit.unit in _WORKED:
        used = timetable.worked_between(start_at, due_at) * share // _THOUSANDTHS
        exact = timetable.after_work(start_at, used)
    else:
        exact = start_at + (due_at - start_at) * share // _THOUSANDTHS
    return exact.replace(second=0, microsecond=0)


def counts_calendar(limit: Limit) -> bool:
    """Whether working days decide where this limit ends."""
    return limit.unit == "workdays" or limit.unit in _WORKED


def _provisional(start_at: datetime, due_at: datetime, timetable: Timetable) -> bool:
    calendar = timetable.calendar
    return calendar.is_provisional(timetable.day_of(start_at)) or calendar.is_provisional(
        timetable.day_of(due_at)
    )


def _months_after(start_at: datetime, months: int, timetable: Timetable) -> datetime:
    local = start_at.astimezone(timetable.timezone)
    years, month = divmod(local.month - 1 + months, _MONTHS_A_YEAR)
    year = local.year + years
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)
