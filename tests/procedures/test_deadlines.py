"""When limits end, when warnings fall, and the ledger that explains it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.procedures.clocks import Limit, Timetable, deadline, warning_at
from libs.procedures.clocks.explanation import Segment, ledger
from tests.procedures.calendars import MAINLAND, OFFICE, SHANGHAI, TIMETABLE, at, local

moments = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 - made aware by the strategy
    datetime(2027, 6, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
minutes = st.datetimes(datetime(2025, 6, 1), datetime(2027, 2, 1)).map(  # noqa: DTZ001
    lambda wall: wall.replace(second=0, microsecond=0, tzinfo=UTC)
)
DAY = timedelta(days=1)


def due(start: str, value: int, unit: str) -> str | None:
    return local(deadline(at(start), Limit(value, unit), TIMETABLE).due_at)  # type: ignore[arg-type]


# Told examples


@pytest.mark.parametrize(
    ("start", "value", "unit", "end"),
    [
        ("2026-09-30 23:50", 30, "minutes", "2026-10-01 00:20"),
        ("2026-10-01 09:00", 48, "hours", "2026-10-03 09:00"),
        ("2026-10-01 09:00", 7, "days", "2026-10-08 09:00"),
        ("2026-03-02 09:00", 0, "days", "2026-03-03 00:00"),
        ("2026-03-02 23:59", 0, "days", "2026-03-03 00:00"),
        ("2026-01-31 10:00", 1, "months", "2026-02-28 10:00"),
        ("2027-12-31 08:15", 2, "months", "2028-02-29 08:15"),
        ("2026-08-10 10:00", 1, "months", "2026-09-10 10:00"),
        ("2026-11-30 10:00", 3, "months", "2027-02-28 10:00"),
        # Friday, whatever the hour; Saturday and Sunday are skipped.
        ("2026-03-06 00:00", 1, "workdays", "2026-03-10 00:00"),
        ("2026-03-06 23:59", 1, "workdays", "2026-03-10 00:00"),
        # A start on a day off counts the next working day as day 1.
        ("2026-03-07 12:00", 1, "workdays", "2026-03-10 00:00"),
        # The make-up Sunday is a working day.
        ("2026-09-18 16:30", 1, "workdays", "2026-09-21 00:00"),
        # National Day week is skipped, the make-up Saturday after it counts.
        ("2026-09-30 10:00", 3, "workdays", "2026-10-11 00:00"),
    ],
)
def test_a_limit_ends_where_the_regulations_say(
    start: str, value: int, unit: str, end: str
) -> None:
    assert due(start, value, unit) == end


def test_working_hours_include_the_make_up_sunday() -> None:
    assert due("2026-09-18 16:30", 8, "working-hours") == "2026-09-20 17:30"


def test_a_working_week_in_hours_passes_over_the_national_day() -> None:
    start, limit = at("2026-09-28 09:00"), Limit(35, "working-hours")
    end = deadline(start, limit, TIMETABLE).due_at
    assert local(end) == "2026-10-09 17:30"
    # Nine tenths of what is worked, not of what passes.
    assert local(warning_at(start, end, 900, limit, TIMETABLE)) == "2026-10-09 14:00"


def test_hours_of_every_day_know_no_day_off_and_need_no_calendar() -> None:
    open_daily = Timetable(MAINLAND, SHANGHAI, ((time(8), time(22)),), every_day=True)

    def end(start: str, hours: int) -> str | None:
        found = deadline(at(start), Limit(hours, "working-hours"), open_daily)
        assert not found.provisional
        return local(found.due_at)

    assert end("2026-03-07 21:30", 2) == "2026-03-08 09:30"  # Saturday night to Sunday morning
    assert end("2026-09-30 21:00", 2) == "2026-10-01 09:00"  # a public holiday
    assert end("2026-03-07 03:00", 14) == "2026-03-07 22:00"
    assert end("2031-03-07 12:00", 28) == "2031-03-09 12:00"  # a year nobody has announced
    start = at("2026-03-07 21:30")
    segments = ledger(start, at("2026-03-08 09:30"), Limit(2, "working-hours"), open_daily)
    assert [(segment.counted, segment.reason) for segment in segments] == [
        (True, "elapsed"), (False, "outside-hours"), (False, "outside-hours"), (True, "elapsed"),
    ]  # fmt: skip


def test_working_hours_end_with_a_span_rather_than_begin_the_next() -> None:
    assert due("2026-03-02 09:00", 3, "working-hours") == "2026-03-02 12:00"
    assert due("2026-03-02 12:30", 1, "working-hours") == "2026-03-02 14:30"
    assert due("2026-03-06 17:30", 30, "working-minutes") == "2026-03-09 09:30"


def test_a_limit_in_working_hours_needs_working_hours() -> None:
    with pytest.raises(ValueError, match="no working hours"):
        deadline(at("2026-03-02 09:00"), Limit(1, "working-hours"), Timetable(MAINLAND, SHANGHAI))


def test_working_hours_are_spans_in_order() -> None:
    with pytest.raises(ValueError, match="in order"):
        Timetable(MAINLAND, SHANGHAI, reversed(OFFICE))


def test_a_due_time_is_kept_to_the_microsecond_and_a_warning_to_the_minute() -> None:
    start = at("2026-03-02 09:00") + timedelta(seconds=59, microseconds=999_999)
    end = deadline(start, Limit(4, "hours"), TIMETABLE).due_at
    assert end - start == timedelta(hours=4)
    assert local(warning_at(start, end, 900, None, TIMETABLE)) == "2026-03-02 12:36"


def test_a_limit_that_rolls_and_ends_on_a_day_off_ends_with_the_next_working_day() -> None:
    def rolled(start: str, value: int, unit: str) -> str | None:
        return local(deadline(at(start), Limit(value, unit, rolls="day"), TIMETABLE).due_at)  # type: ignore[arg-type]

    assert rolled("2026-09-18 16:30", 15, "days") == "2026-10-09 00:00"
    assert rolled("2026-09-21 16:30", 1, "days") == "2026-09-22 16:30"
    # The make-up Sunday is a working day; Saturday's 24:00 still belongs to Saturday.
    assert rolled("2026-09-19 10:00", 1, "days") == "2026-09-20 10:00"
    assert rolled("2026-09-19 10:00", 0, "days") == "2026-09-21 00:00"
    assert rolled("2026-09-01 10:00", 1, "months") == "2026-10-09 00:00"
    start, limit = at("2026-09-18 16:30"), Limit(15, "days", rolls="day")
    segments = ledger(start, deadline(start, limit, TIMETABLE).due_at, limit, TIMETABLE)
    assert [(segment.reason, segment.counted) for segment in segments] == [
        ("elapsed", True),
        ("rolled", False),
    ]


def test_a_limit_into_a_year_not_announced_is_provisional() -> None:
    def provisional(start: str, value: int, unit: str) -> bool:
        return deadline(at(start), Limit(value, unit), TIMETABLE).provisional  # type: ignore[arg-type]

    assert not provisional("2026-12-21 09:00", 5, "workdays")
    assert provisional("2026-12-21 09:00", 10, "workdays")
    assert provisional("2026-12-25 09:00", 35, "working-hours")
    # Natural time does not depend on the calendar.
    assert not provisional("2026-12-21 09:00", 3, "months")
    assert not provisional("2026-12-31 09:00", 72, "hours")


# Against slow oracles


@given(moments, st.integers(1, 40))
@example(at("2026-09-30 10:00"), 3)
def test_working_days_end_at_midnight_after_the_nth(start: datetime, count: int) -> None:
    day, left = start.astimezone(SHANGHAI).date(), count
    while left:
        day += DAY
        left -= MAINLAND.is_working_day(day)
    end = deadline(start, Limit(count, "workdays"), TIMETABLE).due_at
    assert local(end) == f"{day + DAY} 00:00"


def _worked(moment: datetime) -> bool:
    wall = moment.astimezone(SHANGHAI)
    return MAINLAND.is_working_day(wall.date()) and any(
        start <= wall.time() < end for start, end in OFFICE
    )


@given(minutes, st.integers(1, 1500))
@example(at("2026-09-18 16:30"), 480)
def test_working_minutes_are_found_by_walking(start: datetime, count: int) -> None:
    moment, left = start, count
    while left:
        left -= _worked(moment)
        moment += timedelta(minutes=1)
    assert deadline(start, Limit(count, "working-minutes"), TIMETABLE).due_at == moment


@given(moments, st.integers(1, 200), st.integers(1, 200))
def test_working_hours_add_up(start: datetime, first: int, second: int) -> None:
    def after(moment: datetime, hours: int) -> datetime:
        return deadline(moment, Limit(hours, "working-hours"), TIMETABLE).due_at

    assert after(after(start, first), second) == after(start, first + second)
    assert TIMETABLE.worked_between(start, after(start, first)) == timedelta(hours=first)


@given(moments, moments, st.integers(1, 60), st.sampled_from(
    ["minutes", "hours", "days", "workdays", "months", "working-minutes", "working-hours"]
))  # fmt: skip
def test_who_starts_later_never_ends_earlier(
    one: datetime, other: datetime, value: int, unit: str
) -> None:
    early, late = sorted((one, other))
    limit = Limit(value, unit)  # type: ignore[arg-type]
    assert deadline(early, limit, TIMETABLE).due_at <= deadline(late, limit, TIMETABLE).due_at


@given(moments, st.integers(1, 100_000), st.integers(1, 999))
def test_a_warning_is_the_exact_share_cut_to_the_minute(
    start: datetime, length: int, share: int
) -> None:
    end = start + timedelta(minutes=length)
    exact = start + timedelta(microseconds=int(Fraction(share, 1000) * length * 60_000_000))
    assert warning_at(start, end, share, None, TIMETABLE) == exact.replace(second=0, microsecond=0)


# The ledger


@given(
    moments,
    st.integers(1, 60),
    st.sampled_from(["minutes", "hours", "days", "workdays", "months", "working-hours"]),
)
def test_the_ledger_has_no_gaps_and_adds_up_to_the_limit(
    start: datetime, value: int, unit: str
) -> None:
    limit = Limit(value, unit)  # type: ignore[arg-type]
    end = deadline(start, limit, TIMETABLE)
    segments = ledger(start, end.due_at, limit, TIMETABLE)
    assert segments[0].from_at == start
    assert segments[-1].until_at == end.due_at
    assert all(a.until_at == b.from_at for a, b in pairwise(segments))
    counted = [segment for segment in segments if segment.counted]
    if unit == "workdays":
        assert len(counted) == value
        assert any(segment.provisional for segment in segments) == end.provisional
    elif unit == "months":
        assert len(counted) == 1
    else:
        hours = {"minutes": Fraction(1, 60), "days": Fraction(24)}.get(unit, Fraction(1))
        passed = sum((segment.until_at - segment.from_at for segment in counted), timedelta())
        assert passed == timedelta(minutes=int(value * hours * 60))


def test_the_ledger_tells_each_day_and_why_it_counts() -> None:
    start, limit = at("2026-09-30 10:00"), Limit(2, "workdays")
    segments = ledger(start, deadline(start, limit, TIMETABLE).due_at, limit, TIMETABLE)
    assert [_told(segment) for segment in segments] == [
        ("2026-09-30 10:00", "starting-day", False, None),
        *((f"2026-10-0{day} 00:00", "holiday", False, "national-day") for day in range(1, 8)),
        ("2026-10-08 00:00", "workday", True, None),
        ("2026-10-09 00:00", "workday", True, None),
    ]


def test_the_ledger_tells_worked_spans_and_the_time_between() -> None:
    start, limit = at("2026-09-19 10:00"), Limit(4, "working-hours")
    segments = ledger(start, deadline(start, limit, TIMETABLE).due_at, limit, TIMETABLE)
    assert [_told(segment) for segment in segments] == [
        ("2026-09-19 10:00", "weekend", False, None),
        ("2026-09-20 00:00", "outside-hours", False, "national-day"),
        ("2026-09-20 09:00", "make-up-day", True, "national-day"),
        ("2026-09-20 12:00", "outside-hours", False, "national-day"),
        ("2026-09-20 13:30", "make-up-day", True, "national-day"),
    ]


def _told(segment: Segment) -> tuple[str | None, str, bool, str | None]:
    return local(segment.from_at), segment.reason, segment.counted, segment.festival
