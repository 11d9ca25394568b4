"""Deadlines against an oracle that walks minute by minute: spans, pauses, provinces, zones."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from libs.procedures.clocks import Limit, Timetable, deadline, warning_at
from libs.procedures.clocks.deadlines import Pause
from tests.procedures.calendars import MAINLAND, OFFICE, SHANGHAI, TIMETABLE, at, local

MINUTE = timedelta(minutes=1)
FIRST = datetime(2026, 9, 1, tzinfo=UTC)
LENGTH = 60 * 24 * 75
HOURS = {
    "office": OFFICE,
    "summer": ((time(8, 30), time(12)), (time(14), time(17, 30))),
    "three": ((time(0), time(1, 30)), (time(8, 30), time(12)), (time(14), time(17, 30))),
}
# None of these zones changes its clocks.
TIMETABLES = {
    (hours, zone): Timetable(MAINLAND, ZoneInfo(zone), HOURS[hours])
    for hours, zone in (
        ("office", "Asia/Shanghai"),
        ("summer", "Asia/Shanghai"),
        ("three", "Asia/Kathmandu"),
        ("office", "UTC"),
    )
}
timetables = st.sampled_from(list(TIMETABLES))
starts = st.integers(0, 60 * 24 * 40)
counts = st.integers(1, 60 * 40)


def worked_minutes(hours: str, zone: str) -> list[int]:
    """How many minutes are worked before each minute from FIRST on; the slow way."""
    spans, there = HOURS[hours], ZoneInfo(zone)
    worked = []
    for minute in range(LENGTH):
        wall = (FIRST + minute * MINUTE).astimezone(there)
        open_ = any(start <= wall.time() < end for start, end in spans)
        worked.append(int(open_ and MAINLAND.is_working_day(wall.date())))
    return list(accumulate(worked, initial=0))


_WALKED: dict[tuple[str, str], list[int]] = {}


def walked(key: tuple[str, str]) -> list[int]:
    if key not in _WALKED:
        _WALKED[key] = worked_minutes(*key)
    return _WALKED[key]


def moment(minute: int) -> datetime:
    return FIRST + minute * MINUTE


@st.composite
def pauses(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Up to three pauses in order, as minutes from the start; they may begin after the end."""
    ends = sorted(draw(st.lists(st.integers(0, 60 * 24 * 12), max_size=6, unique=True)))
    return list(zip(ends[::2], ends[1::2], strict=False))


def oracle(key: tuple[str, str], start: int, count: int, stretches: list[tuple[int, int]]) -> int:
    """The minute by which `count` have been worked while nothing was paused."""
    before = walked(key)
    left, at_minute = count, start
    for begin, end in stretches:
        worked = before[start + begin] - before[at_minute]
        if worked >= left:
            break
        left -= worked
        at_minute = start + end
    return bisect_left(before, before[at_minute] + left)


@settings(deadline=None)  # the first one of a timetable walks
@given(timetables, starts, counts, pauses())
@example(("office", "Asia/Shanghai"), 0, 60 * 14, [(60 * 24, 60 * 48)])
def test_working_minutes_with_pauses_are_found_by_walking(
    key: tuple[str, str], start: int, count: int, stretches: list[tuple[int, int]]
) -> None:
    timetable = TIMETABLES[key]
    paused = [Pause(moment(start + begin), moment(start + end)) for begin, end in stretches]
    limit = Limit(count, "working-minutes")
    end = deadline(moment(start), limit, timetable, paused).due_at
    assert end == moment(oracle(key, start, count, stretches))


@settings(deadline=None)
@given(timetables, starts, counts, st.integers(1, 999))
def test_a_warning_is_the_share_of_the_working_budget(
    key: tuple[str, str], start: int, count: int, share: int
) -> None:
    timetable, limit = TIMETABLES[key], Limit(count, "working-minutes")
    end = deadline(moment(start), limit, timetable).due_at
    warned = warning_at(moment(start), end, share, limit, timetable)
    whole = count * share // 1000
    used = timetable.worked_between(moment(start), warned)
    assert warned == moment(oracle(key, start, whole, [])) if whole else used == timedelta()


@given(timetables, starts, counts)
def test_what_has_been_worked_until_the_due_time_is_the_limit(
    key: tuple[str, str], start: int, count: int
) -> None:
    timetable = TIMETABLES[key]
    end = deadline(moment(start), Limit(count, "working-minutes"), timetable).due_at
    assert timetable.worked_between(moment(start), end) == count * MINUTE
    assert timetable.worked_between(moment(start), end - MINUTE) == (count - 1) * MINUTE


@given(timetables, starts, counts, counts)
def test_limits_add_up(key: tuple[str, str], start: int, first: int, second: int) -> None:
    def after(begin: datetime, count: int) -> datetime:
        return deadline(begin, Limit(count, "working-minutes"), TIMETABLES[key]).due_at

    assert after(after(moment(start), first), second) == after(moment(start), first + second)


@given(timetables, starts, starts, counts, pauses())
def test_a_later_start_a_longer_limit_and_a_pause_never_end_it_earlier(
    key: tuple[str, str], one: int, other: int, count: int, stretches: list[tuple[int, int]]
) -> None:
    early, late = sorted((one, other))
    timetable, limit = TIMETABLES[key], Limit(count, "working-minutes")
    end = deadline(moment(early), limit, timetable).due_at
    assert end <= deadline(moment(late), limit, timetable).due_at
    longer = Limit(count + 1, "working-minutes")
    assert end < deadline(moment(early), longer, timetable).due_at
    paused = [Pause(moment(early + begin), moment(early + stop)) for begin, stop in stretches]
    assert end <= deadline(moment(early), limit, timetable, paused).due_at


@given(timetables, starts, st.integers(1, 30), st.sampled_from(["hours", "days"]))
def test_rolling_goes_to_the_next_worked_instant_and_no_further(
    key: tuple[str, str], start: int, value: int, unit: str
) -> None:
    timetable = TIMETABLES[key]
    plain = deadline(moment(start), Limit(value, unit), timetable).due_at  # type: ignore[arg-type]
    rolled = deadline(moment(start), Limit(value, unit, "instant"), timetable).due_at  # type: ignore[arg-type]
    assert timetable.worked_between(plain, rolled) == timedelta()
    assert rolled == plain or timetable.worked_between(rolled, rolled + MINUTE) == MINUTE
    assume(rolled == plain)
    assert timetable.worked_between(plain - MINUTE, plain + MINUTE) > timedelta()


# Worked examples


@pytest.mark.parametrize(
    ("rolls", "end"),
    [
        (None, "2026-10-03 16:30"),
        ("instant", "2026-10-08 09:00"),
        ("day", "2026-10-09 00:00"),
    ],
)
def test_fifteen_days_that_end_in_the_holiday_roll_to_the_eighth(
    rolls: str | None, end: str
) -> None:
    limit = Limit(15, "days", rolls)  # type: ignore[arg-type]
    assert local(deadline(at("2026-09-18 16:30"), limit, TIMETABLE).due_at) == end


def test_a_due_time_within_working_hours_stays() -> None:
    limit = Limit(24, "hours", "instant")
    assert local(deadline(at("2026-09-21 16:30"), limit, TIMETABLE).due_at) == "2026-09-22 16:30"
    assert local(deadline(at("2026-09-21 17:30"), limit, TIMETABLE).due_at) == "2026-09-22 17:30"
    assert local(deadline(at("2026-09-21 12:30"), limit, TIMETABLE).due_at) == "2026-09-22 13:30"
    without_hours = Timetable(MAINLAND, SHANGHAI)
    end = deadline(at("2026-10-01 10:00"), limit, without_hours).due_at
    assert local(end) == "2026-10-08 00:00"


def test_a_limit_that_rolls_can_stand_still() -> None:
    limit = Limit(15, "days", "instant")
    stretch = Pause(at("2026-09-21 10:00"), at("2026-09-22 10:00"))
    end = deadline(at("2026-09-18 16:30"), limit, TIMETABLE, [stretch]).due_at
    assert local(end) == "2026-10-08 09:00"
    longer = Pause(at("2026-09-21 10:00"), at("2026-09-27 10:00"))
    end = deadline(at("2026-09-18 16:30"), limit, TIMETABLE, [longer]).due_at
    assert local(end) == "2026-10-09 16:30"
