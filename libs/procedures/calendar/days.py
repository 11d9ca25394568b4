"""Which days are worked: weekends, announced holidays, make-up days, and how sure that is."""

from __future__ import annotations

import copy
from bisect import bisect_left
from collections.abc import Mapping
from datetime import date, timedelta
from hashlib import sha256
from itertools import accumulate
from typing import Literal

import msgspec

DayKind = Literal["workday", "make-up-day", "weekend", "holiday"]

_FIRST = date(1990, 1, 1)  # a Monday
_LAST = date(2099, 12, 31)
_ORIGIN = _FIRST.toordinal()
_LENGTH = _LAST.toordinal() - _ORIGIN + 1
_WEEK = bytes((1, 1, 1, 1, 1, 0, 0))
_SATURDAY = 5
# The year's last days are settled with the next New Year (so in 2005, 2006, 2007 and 2022).
_LAST_SETTLED = (12, 28)


class CalendarRangeError(ValueError):
    """A date outside 1990-2099, where no calendar reckons."""


class Day(msgspec.Struct, frozen=True):
    """What the calendar says about one day. `festival`: the holiday's id, also on its make-up day.

    `provisional`: no announcement has settled it yet, so this may change.
    """

    date: date
    kind: DayKind
    festival: str | None
    provisional: bool

    @property
    def worked(self) -> bool:
        """Whether it is a working day."""
        return self.kind in ("workday", "make-up-day")


class Calendar:
    """An immutable working-day calendar for 1990-2099.

    `off` and `work` map days to the festival that makes them a day off or a make-up working day;
    the years `first` to `last` are announced. In other years weekends and the `fixed` festivals
    (month, day) are days off. What lies before `known_from` or after `known_until` is provisional.
    `provinces`: the calendars of provinces that have days of their own. `version` is the name and a
    hash of the content: equal versions give equal answers for ever.
    """

    __slots__ = (
        "_before",
        "_off",
        "_work",
        "known_from",
        "known_until",
        "name",
        "provinces",
        "version",
    )

    def __init__(
        self,
        name: str,
        *,
        first: int,
        last: int,
        off: Mapping[date, str],
        work: Mapping[date, str],
        fixed: Mapping[tuple[int, int], str],
    ) -> None:
        self.name = name
        self.known_from = date(first, 1, 1)
        self.known_until = date(last, *_LAST_SETTLED)
        announced = range(first, last + 1)
        self._off = dict(off) | {
            date(year, month, day): festival
            for year in range(_FIRST.year, _LAST.year + 1)
            if year not in announced
            for (month, day), festival in fixed.items()
        }
        self._work = dict(work)
        self._before = self._prefix_sums()
        self._place({})

    def day(self, day: date) -> Day:
        """What this day is and why."""
        provisional = self.is_provisional(day)
        if (festival := self._work.get(day)) is not None:
            return Day(day, "make-up-day", festival, provisional)
        if (festival := self._off.get(day)) is not None:
            return Day(day, "holiday", festival, provisional)
        weekend = day.weekday() >= _SATURDAY
        return Day(day, "weekend" if weekend else "workday", None, provisional)

    def days_of(self, year: int) -> list[Day]:
        """Every day of a year."""
        return [self.day(each) for each in days_from(date(year, 1, 1), date(year, 12, 31))]

    def is_working_day(self, day: date) -> bool:
        """Whether this day is worked. Raises CalendarRangeError outside 1990-2099."""
        index = _index(day)
        return self._before[index + 1] > self._before[index]

    def is_provisional(self, day: date) -> bool:
        """Whether no announcement has settled this day yet."""
        return not self.known_from <= day <= self.known_until

    def working_days_before(self, day: date) -> int:
        """How many working days lie before this day, since the calendar's first day."""
        return self._before[_index(day)]

    def nth_working_day(self, count: int) -> date:
        """The day that is working day number `count` since the calendar's first day (from 1)."""
        if not 1 <= count <= self._before[-1]:
            raise CalendarRangeError(f"working day {count} lies outside {_FIRST} to {_LAST}")
        return date.fromordinal(_ORIGIN + bisect_left(self._before, count) - 1)

    def working_day_after(self, day: date, count: int) -> date:
        """The `count`-th working day after this day, which itself is never counted (count >= 1)."""
        return self.nth_working_day(self._before[_index(day) + 1] + count)

    def of(self, province: str) -> Calendar:
        """The calendar of a province: its own, or this one where it has no days of its own."""
        return self.provinces.get(province, self)

    def overlaid(
        self,
        name: str,
        *,
        off: Mapping[date, str],
        work: Mapping[date, str],
        years: tuple[int, int] | None = None,
    ) -> Calendar:
        """This calendar with a province's own days, under a version of its own.

        `years`: the first and the last one that the province has announced; the others are
        provisional there.
        """
        first, last = self.known_from.year, self.known_until.year
        return Calendar(
            name,
            first=max(first, years[0]) if years else first,
            last=min(last, years[1]) if years else last,
            off={day: why for day, why in self._off.items() if day not in work} | dict(off),
            work={day: why for day, why in self._work.items() if day not in off} | dict(work),
            fixed={},
        )

    def with_provinces(self, provinces: Mapping[str, Calendar]) -> Calendar:
        """This calendar with those of provinces beside it, under a version that covers them all."""
        whole = copy.copy(self)
        whole._place(provinces)  # noqa: SLF001 - of this class
        return whole

    def settled_by(self, newer: Calendar) -> Calendar:
        """This calendar for every day it has settled, and `newer` for all days provisional here.

        Where both agree on the settled days, that is `newer`, by content and so by version.
        """
        settled = Calendar(
            newer.name,
            first=min(self.known_from, newer.known_from).year,
            last=max(self.known_until, newer.known_until).year,
            off=self._where_settled(self._off, newer._off),
            work=self._where_settled(self._work, newer._work),
            fixed={},
        )
        provinces = {
            name: self.of(name).settled_by(newer.of(name))
            for name in (*self.provinces, *newer.provinces)
        }
        return settled.with_provinces(provinces)

    def _where_settled(self, own: Mapping[date, str], newer: Mapping[date, str]) -> dict[date, str]:
        later = {day: why for day, why in newer.items() if self.is_provisional(day)}
        return {day: why for day, why in own.items() if not self.is_provisional(day)} | later

    def _place(self, provinces: Mapping[str, Calendar]) -> None:
        self.provinces = dict(provinces)
        self.version = f"{self.name}-{self._fingerprint()}"

    def _prefix_sums(self) -> tuple[int, ...]:
        worked = bytearray((_WEEK * (_LENGTH // len(_WEEK) + 1))[:_LENGTH])
        for day in self._off:
            worked[_index(day)] = 0
        for day in self._work:
            worked[_index(day)] = 1
        return tuple(accumulate(worked, initial=0))

    def _fingerprint(self) -> str:
        lines = [f"{self.known_from} {self.known_until}"]
        lines += sorted(f"off {day} {festival}" for day, festival in self._off.items())
        lines += sorted(f"work {day} {festival}" for day, festival in self._work.items())
        lines += sorted(f"of {name} {own.version}" for name, own in self.provinces.items())
        return sha256("\n".join(lines).encode()).hexdigest()[:12]


def days_from(first: date, last: date) -> list[date]:
    """All days from first to last, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _index(day: date) -> int:
    index = day.toordinal() - _ORIGIN
    if not 0 <= index < _LENGTH:
        raise CalendarRangeError(f"{day} lies outside {_FIRST} to {_LAST}")
    return index
