"""Working days in mainland China, announced and not yet announced."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.procedures.calendar import Calendar, CalendarRangeError, load_calendars
from libs.procedures.calendar.declaring import parse_calendar
from libs.procedures.errors import DeclarationError
from tests.procedures.calendars import CALENDARS, MAINLAND

ANNOUNCED = [
    date.fromordinal(n)
    for n in range(date(2004, 1, 1).toordinal(), date(2026, 12, 31).toordinal() + 1)
]
# The notice of 2005-12-16 (国办发明电〔2005〕35号) makes this Saturday a working day.
SEED_OVERLOOKS = {date(2005, 12, 31)}
days = st.dates(date(1995, 1, 1), date(2060, 12, 31))


def test_every_announced_day_agrees_with_its_seed() -> None:
    differing = {
        day for day in ANNOUNCED if MAINLAND.is_working_day(day) != chinese_calendar.is_workday(day)
    }
    assert differing == SEED_OVERLOOKS


def test_every_announced_day_agrees_with_a_second_source() -> None:
    second = holidays.country_holidays("CN", years=range(2004, 2027))
    assert [
        day for day in ANNOUNCED if MAINLAND.is_working_day(day) != second.is_working_day(day)
    ] == []


def test_a_day_says_why_it_is_worked_or_not() -> None:
    told = {text: MAINLAND.day(date.fromisoformat(text)) for text in (
        "2026-09-18", "2026-09-19", "2026-09-20", "2026-10-01",
    )}  # fmt: skip
    assert [(day.kind, day.festival, day.worked) for day in told.values()] == [
        ("workday", None, True),
        ("weekend", None, False),
        ("make-up-day", "national-day", True),
        ("holiday", "national-day", False),
    ]
    assert not any(day.provisional for day in told.values())


def test_a_year_not_announced_has_weekends_and_fixed_days_and_is_provisional() -> None:
    new_year, monday = MAINLAND.day(date(2027, 1, 1)), MAINLAND.day(date(2027, 1, 4))
    assert (new_year.kind, new_year.festival, new_year.provisional) == ("holiday", "new-year", True)
    assert (monday.kind, monday.provisional) == ("workday", True)
    assert not MAINLAND.is_working_day(date(2027, 1, 2))
    assert MAINLAND.is_provisional(date(2003, 12, 31))
    assert not MAINLAND.is_provisional(date(2026, 12, 28))
    # Its last days are settled with the next New Year only.
    assert MAINLAND.is_provisional(date(2026, 12, 29))


@given(days, st.integers(1, 60))
def test_the_nth_working_day_is_found_by_walking(start: date, count: int) -> None:
    day, left = start, count
    while left:
        day += timedelta(days=1)
        left -= MAINLAND.day(day).worked
    assert MAINLAND.working_day_after(start, count) == day


@given(days, st.integers(1, 40), st.integers(1, 40))
def test_working_days_add_up(start: date, first: int, second: int) -> None:
    at_once = MAINLAND.working_day_after(start, first + second)
    assert MAINLAND.working_day_after(MAINLAND.working_day_after(start, first), second) == at_once


@given(days, days, st.integers(1, 40))
def test_a_later_start_never_ends_earlier(one: date, other: date, count: int) -> None:
    early, late = sorted((one, other))
    assert MAINLAND.working_day_after(early, count) <= MAINLAND.working_day_after(late, count)


@given(days)
def test_counting_before_and_finding_the_nth_are_inverse(day: date) -> None:
    before = MAINLAND.working_days_before(day)
    found = MAINLAND.nth_working_day(before + 1)
    assert found == day if MAINLAND.is_working_day(day) else found > day


def test_the_version_names_the_content() -> None:
    assert list(load_calendars(CALENDARS)) == [MAINLAND.version]
    assert MAINLAND.version.startswith("mainland-")
    changed = MAINLAND.overlaid("mainland", off={date(2026, 9, 21): "national-day"}, work={})
    assert changed.version != MAINLAND.version
    same = MAINLAND.overlaid("mainland", off={}, work={}).with_provinces(MAINLAND.provinces)
    assert same.version == MAINLAND.version


def test_a_region_lays_its_own_days_over_it() -> None:
    festival = date(2026, 6, 16)
    region = MAINLAND.overlaid(
        "xinjiang", off={festival: "local"}, work={date(2026, 6, 14): "local"}
    )
    assert MAINLAND.is_working_day(festival)
    assert not region.is_working_day(festival)
    assert region.is_working_day(date(2026, 6, 14))
    assert region.is_working_day(date(2026, 9, 20))


def test_days_no_calendar_reckons_with_are_refused() -> None:
    with pytest.raises(CalendarRangeError, match="1989-12-31"):
        MAINLAND.is_working_day(date(1989, 12, 31))
    with pytest.raises(CalendarRangeError, match="outside"):
        MAINLAND.working_day_after(date(2099, 12, 30), 5)


def _file(**changed: object) -> dict[str, object]:
    return {
        "calendar": "test",
        "title": {"zh": "試", "en": "test"},
        "festivals": {"feast": {"zh": "節", "en": "feast"}},
        "years": {2026: {"feast": {"rest": ["03-02..03-04"], "work": ["03-07"]}}},
        **changed,
    }


def test_a_small_file_is_read() -> None:
    calendar: Calendar = parse_calendar(_file())
    assert calendar.working_day_after(date(2026, 3, 1), 3) == date(2026, 3, 7)


@pytest.mark.parametrize(
    ("changed", "path", "reason"),
    [
        ({"years": {}}, "years", "at least one"),
        ({"years": {2024: {}, 2026: {}}}, "years", "2025 is missing"),
        ({"years": {2026: {"fest": {}}}}, "years.2026.fest", "not among festivals"),
        ({"years": {2026: {"feast": {"rest": ["3-2"]}}}}, "years.2026.feast.rest", "MM-DD"),
        ({"years": {2026: {"feast": {"rest": ["02-30"]}}}}, "years.2026.feast.rest", "day"),
        ({"fixed": {"other": ["01-01"]}}, "fixed.other", "not among festivals"),
        (
            {"years": {2026: {"feast": {"rest": ["03-07"], "work": ["03-07"]}}}},
            "years",
            "a day off and a make-up day",
        ),
        ({"holidays": {}}, "", "unknown field `holidays`"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_place_and_reason(
    changed: dict[str, object], path: str, reason: str
) -> None:
    with pytest.raises(DeclarationError, match=reason) as caught:
        parse_calendar(_file(**changed))
    assert ".".join(map(str, caught.value.path)) == path
