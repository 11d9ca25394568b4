"""Deadline arithmetic: when a limit that starts now ends, and when its warning falls."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

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


class Pause(msgspec.Struct, frozen=True):
    """A stretch in which a clock stands still."""

    from_at: datetime
    until_at: datetime


class Deadline(msgspec.Struct, frozen=True):
    """When a limit ends (UTC). `provisional`: a day it counts lies in a year not announced yet."""

    due_at: datetime
    provisional: bool = False


def deadline(
    start_at: datetime, limit: Limit, timetable: Timetable, pauses: Sequence[Pause] = ()
) -> Deadline:
    """The end of a limit that starts at `start_at`, to the microsecond.

    Minutes, hours and days run through nights and holidays; `0 days` ends at 24:00 of the same
    local day; months go to the same local day and time, clipped to a shorter month's last day;
    working days end at 24:00 of the n-th working day after the starting day, whatever its hour;
    working hours run only in the timetable's spans. `pauses` (in order, none overlapping) that
    begin before the end move it; where the limit rolls, what they lead to does.
    """
    end = _plain(start_at, limit, timetable)
    for pause in pauses:
        if pause.from_at < end:
            end = after_pause(end, limit, pause, timetable)
    due_at = _rolled(end, limit, timetable)
    if not counts_calendar(limit, timetable):
        return Deadline(due_at)
    first = _day_before(end, timetable) if limit.rolls else _first_day(start_at, limit, timetable)
    # What is settled has no gaps: only the first and the last day that it looks at can tell.
    unsettled = timetable.calendar.is_provisional
    return Deadline(due_at, unsettled(first) or unsettled(_day_before(due_at, timetable)))


def _plain(start_at: datetime, limit: Limit, timetable: Timetable) -> datetime:
    if (unit := _ELAPSED.get(limit.unit)) is not None and limit.value:
        return start_at + limit.value * unit
    if (unit := _WORKED.get(limit.unit)) is not None:
        return timetable.after_work(start_at, limit.value * unit)
    if limit.unit == "months":
        return _months_after(start_at, limit.value, timetable)
    day = timetable.day_of(start_at)
    if limit.unit == "days":
        return timetable.start_of(day + timedelta(days=1))
    last = timetable.calendar.working_day_after(day, limit.value)
    return timetable.start_of(last + timedelta(days=1))


def _rolled(due_at: datetime, limit: Limit, timetable: Timetable) -> datetime:
    if limit.rolls is None:
        return due_at
    if limit.rolls == "instant":
        return timetable.next_work(due_at)
    day = _day_before(due_at, timetable)
    if timetable.calendar.is_working_day(day):
        return due_at
    last = timetable.calendar.working_day_after(day, 1)
    return timetable.start_of(last + timedelta(days=1))


def _day_before(due_at: datetime, timetable: Timetable) -> date:
    """The day of a due time; 24:00 belongs to the day it ends."""
    return timetable.day_of(due_at - timedelta(microseconds=1))


def _first_day(start_at: datetime, limit: Limit, timetable: Timetable) -> date:
    day = timetable.day_of(start_at)
    return day + timedelta(days=1) if limit.unit == "workdays" else day


def after_pause(due_at: datetime, limit: Limit, pause: Pause, timetable: Timetable) -> datetime:
    """The due time moved by a pause that began before it.

    Only what would have counted is given back: working time for working hours, for working days
    those at whose beginning the clock stood still, and the pause's length for everything else.
    """
    if limit.unit in _WORKED:
        given_back = timetable.worked_between(pause.from_at, pause.until_at)
        return timetable.after_work(due_at, given_back)
    if limit.unit != "workdays":
        return due_at + (pause.until_at - pause.from_at)
    calendar = timetable.calendar
    began, ended = (timetable.day_of(at) for at in (pause.from_at, pause.until_at))
    # A pause that begins at 0:00 sharp comes after that day began; the starting day never counts.
    first = began + timedelta(days=1)
    last = ended if timetable.start_of(ended) < pause.until_at else ended - timedelta(days=1)
    missing = calendar.working_days_before(last + timedelta(days=1)) - calendar.working_days_before(
        first
    )
    if missing <= 0:
        return due_at
    counted = timetable.day_of(due_at) - timedelta(days=1)
    return timetable.start_of(calendar.working_day_after(counted, missing) + timedelta(days=1))


def warning_at(
    start_at: datetime,
    due_at: datetime,
    share: int,
    limit: Limit | None,
    timetable: Timetable,
    *,
    pauses: Sequence[Pause] = (),
) -> datetime:
    """The moment when `share` thousandths of the time are used up, rounded down to the minute.

    The time is what lies between start and due without the pauses (in order, none overlapping);
    for working-hour limits, what is worked of it.
    """
    worked = limit is not None and limit.unit in _WORKED
    between = timetable.worked_between if worked else _between
    after = timetable.after_work if worked else _after
    paused = [between(pause.from_at, pause.until_at) for pause in pauses]
    used = (between(start_at, due_at) - sum(paused, timedelta())) * share // _THOUSANDTHS
    exact = after(start_at, used)
    for pause, length in zip(pauses, paused, strict=True):
        if exact > pause.from_at:
            exact = after(exact, length)
    return exact.replace(second=0, microsecond=0)


def _between(start_at: datetime, end_at: datetime) -> timedelta:
    return end_at - start_at


def _after(start_at: datetime, amount: timedelta) -> datetime:
    return start_at + amount


def counts_hours(limit: Limit) -> bool:
    """Whether only working hours count."""
    return limit.unit in _WORKED


def counts_calendar(limit: Limit, timetable: Timetable) -> bool:
    """Whether working days decide where this limit ends."""
    if limit.unit == "workdays" or limit.rolls == "day":
        return True
    return (limit.unit in _WORKED or limit.rolls is not None) and not timetable.every_day


def _months_after(start_at: datetime, months: int, timetable: Timetable) -> datetime:
    local = start_at.astimezone(timetable.timezone)
    years, month = divmod(local.month - 1 + months, _MONTHS_A_YEAR)
    year = local.year + years
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)
