"""Local days and working hours over a calendar: how much is worked between two moments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from libs.procedures.calendar import Calendar

_DAY = 24 * 60 * 60 * 1_000_000
_MICROSECOND = timedelta(microseconds=1)


class Timetable:
    """A calendar in one time zone, with the working hours of a day (several spans).

    Working hours are those of working days, or, with `every_day`, of all days (a house that never
    shuts). Without `hours` nothing can be reckoned in working hours. Immutable; all times given
    and returned are aware, returned ones in UTC.
    """

    __slots__ = ("_of", "_spans", "_worked_a_day", "calendar", "every_day", "timezone")

    def __init__(
        self,
        calendar: Calendar,
        timezone: ZoneInfo,
        hours: Iterable[tuple[time, time]] = (),
        *,
        every_day: bool = False,
    ) -> None:
        self.calendar = calendar
        self.timezone = timezone
        self.every_day = every_day
        hours = tuple(hours)
        self._spans = tuple((_since_midnight(start), _since_midnight(end)) for start, end in hours)
        if any(end <= start for start, end in self._spans) or any(
            later[0] < earlier[1]
            for earlier, later in zip(self._spans, self._spans[1:], strict=False)
        ):
            raise ValueError("working hours are spans in order, none touching the one before")
        self._worked_a_day = sum(end - start for start, end in self._spans)
        self._of = {
            province: Timetable(own, timezone, hours, every_day=every_day)
            for province, own in calendar.provinces.items()
        }

    def of(self, province: str) -> Timetable:
        """The timetable in a province: its own where it has days of its own."""
        return self._of.get(province, self)

    def day_of(self, at: datetime) -> date:
        """The local calendar day of a moment."""
        return at.astimezone(self.timezone).date()

    def start_of(self, day: date) -> datetime:
        """0:00 local time of this day, which is 24:00 of the day before."""
        return datetime(day.year, day.month, day.day, tzinfo=self.timezone).astimezone(UTC)

    def opens_on(self, day: date) -> bool:
        """Whether working hours are counted on this day."""
        return self.every_day or self.calendar.is_working_day(day)

    def spans_of(self, day: date) -> list[tuple[datetime, datetime]]:
        """The worked spans of this day; none on a day off."""
        if not self.opens_on(day):
            return []
        return [(self._at(day, start), self._at(day, end)) for start, end in self._spans]

    def next_work(self, at: datetime) -> datetime:
        """The moment itself where it lies in working time, else when that next begins.

        Working time includes the end of a span; without hours it is the whole of a working day,
        24:00 included.
        """
        if not self._spans:
            day = self.day_of(at - _MICROSECOND)
            return at if self.opens_on(day) else self.start_of(self._opening_after(day))
        day = self.day_of(at)
        while True:
            for start, end in self.spans_of(day):
                if at <= end:
                    return max(at, start)
            day = self._opening_after(day)

    def worked_between(self, start_at: datetime, end_at: datetime) -> timedelta:
        """Working time from start to end; negative when the end lies before the start."""
        return timedelta(microseconds=self._position(end_at) - self._position(start_at))

    def after_work(self, start_at: datetime, amount: timedelta) -> datetime:
        """The earliest moment from start on by which this much has been worked.

        A span's end comes before the next one's beginning. Raises ValueError without hours.
        """
        if not self._spans:
            raise ValueError("the procedure declares no working hours")
        if not amount:
            return start_at
        target = self._position(start_at) + amount // _MICROSECOND
        full_days = (target - 1) // self._worked_a_day
        day = (
            date.fromordinal(full_days + 1)
            if self.every_day
            else self.calendar.nth_working_day(full_days + 1)
        )
        left = target - full_days * self._worked_a_day
        for start, end in self._spans:
            if left <= end - start:
                return self._at(day, start + left)
            left -= end - start
        raise AssertionError(left)

    def _opening_after(self, day: date) -> date:
        if self.every_day:
            return day + timedelta(days=1)
        return self.calendar.working_day_after(day, 1)

    def _position(self, at: datetime) -> int:
        """Microseconds worked since the first day there is, or the calendar's first."""
        local = at.astimezone(self.timezone)
        day = local.date()
        before = day.toordinal() - 1 if self.every_day else self.calendar.working_days_before(day)
        worked = before * self._worked_a_day
        if not self.opens_on(day):
            return worked
        now = _since_midnight(local.time())
        return worked + sum(min(now, end) - start for start, end in self._spans if start < now)

    def _at(self, day: date, since_midnight: int) -> datetime:
        days, rest = divmod(since_midnight, _DAY)
        wall = datetime.combine(day + timedelta(days=days), time()) + timedelta(microseconds=rest)
        return wall.replace(tzinfo=self.timezone).astimezone(UTC)


def _since_midnight(at: time) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond
