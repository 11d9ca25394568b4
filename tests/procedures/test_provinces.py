"""A province with days off of its own counts by them; the others do not notice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.procedures.calendar import Calendar, calendar_document, read_calendar, with_part
from libs.procedures.clocks import Limit, Timetable, deadline
from libs.procedures.document import ProcedureError
from tests.procedures.calendars import CALENDARS, MAINLAND, OFFICE, SHANGHAI, at, local
from tests.procedures.told import Told

PROVINCES = ("guangxi", "ningxia", "xinjiang")
TIMETABLE = Timetable(MAINLAND, SHANGHAI, OFFICE)
DOCUMENT = calendar_document(CALENDARS / "mainland.yaml")
REPLY = """
- {id: reply, from: ComplaintRegistered, to: CustomerAnswered, warn_at: 0.9,
   limit: {value: 3, unit: workdays}}
- {id: handle, from: OrderIssued, to: OrderFedBack, order: same, warn_at: 0.9,
   limit: {value: 8, unit: working-hours}}
"""


def due(start: str, value: int, unit: str, province: str = "") -> str | None:
    limit = Limit(value, unit)  # type: ignore[arg-type]
    return local(deadline(at(start), limit, TIMETABLE.of(province)).due_at)


@pytest.mark.parametrize(
    ("province", "end"),
    [
        ("", "2026-04-18 00:00"),
        ("henan", "2026-04-18 00:00"),
        # The 17th to the 20th are off there.
        ("guangxi", "2026-04-22 00:00"),
    ],
)
def test_working_days_are_those_of_the_province(province: str, end: str) -> None:
    assert due("2026-04-15 10:00", 2, "workdays", province) == end


def test_the_make_up_sunday_counts_where_the_province_says_nothing_else() -> None:
    assert due("2026-09-18 16:30", 8, "working-hours", "guangxi") == "2026-09-20 17:30"
    assert due("2026-05-26 16:30", 8, "working-hours") == "2026-05-27 17:30"
    assert due("2026-05-26 16:30", 8, "working-hours", "xinjiang") == "2026-06-01 17:30"
    assert due("2026-05-26 16:30", 8, "working-hours", "ningxia") == "2026-05-29 17:30"


def test_a_year_that_the_province_has_not_announced_is_provisional_there() -> None:
    start, limit = at("2025-03-28 10:00"), Limit(3, "workdays")
    assert not deadline(start, limit, TIMETABLE).provisional
    assert not deadline(start, limit, TIMETABLE.of("xinjiang")).provisional
    assert deadline(start, limit, TIMETABLE.of("guangxi")).provisional


def test_a_clock_counts_the_days_of_whoever_registered_and_an_order_those_of_its_holder() -> None:
    told = Told(REPLY)
    told.tell("2026-04-15 10:00", "ComplaintRegistered", unit="guangxi/hotline")
    told.tell("2026-04-16 16:30", "OrderIssued", order="A", to=("guangxi/network",))
    told.tell("2026-04-16 16:30", "OrderIssued", order="B", to=("henan/network",))
    assert told.due("reply") == "2026-04-23 00:00"
    assert told.due("handle", order="A") == "2026-04-21 17:30"
    assert told.due("handle", order="B") == "2026-04-17 17:30"
    days = {s.reason for s in told.view("handle", order="A").explanation.segments}
    assert "holiday" in days


def test_all_overlays_are_part_of_the_version() -> None:
    assert tuple(MAINLAND.provinces) == PROVINCES
    fewer = MAINLAND.with_provinces({"guangxi": MAINLAND.of("guangxi")})
    assert fewer.version != MAINLAND.version
    assert read_calendar(DOCUMENT, "mainland").version == MAINLAND.version


def test_a_part_replaces_that_part_only() -> None:
    overlay = (CALENDARS / "mainland" / "guangxi.yaml").read_bytes()
    changed = overlay.replace(b"04-17..04-20", b"04-17..04-21")
    calendar = read_calendar(with_part(DOCUMENT, changed, "guangxi.yaml"), "mainland")
    assert not calendar.of("guangxi").is_working_day(date(2026, 4, 21))
    assert calendar.of("xinjiang").version == MAINLAND.of("xinjiang").version
    same = with_part(DOCUMENT, overlay, "guangxi.yaml")
    assert read_calendar(same, "mainland").version == MAINLAND.version


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"overlay: mainland", b"overlay: island", "is not about 'mainland'"),
        (b"province: guangxi", b"province: Guang Xi", "first part of a unit's path"),
        (b"rest: [04-17..04-20]", b"rest: [04-31]", "day is out of range"),
        (b"source: >-", b"origin: >-", "missing required field `source`|unknown field"),
    ],
)
def test_a_wrong_overlay_is_refused(old: bytes, new: bytes, reason: str) -> None:
    overlay = (CALENDARS / "mainland" / "guangxi.yaml").read_bytes()
    assert old in overlay
    with pytest.raises(ProcedureError, match=reason):
        read_calendar(with_part(DOCUMENT, overlay.replace(old, new), "guangxi.yaml"), "mainland")


# Settling what was provisional

YEAR_2027 = {date(2027, 2, 5) + timedelta(days=n): "spring-festival" for n in range(8)}
MAKE_UP = {date(2027, 2, 20): "spring-festival"}
days = st.dates(date(2024, 1, 1), date(2029, 12, 31))


def announced() -> Calendar:
    """The mainland's calendar with 2027, and with one announced day taken back."""
    off = {**YEAR_2027, date(2026, 9, 21): "correction"}
    bare = Calendar(
        "mainland",
        first=2004,
        last=2027,
        off={d.date: d.festival or "" for y in range(2004, 2027) for d in MAINLAND.days_of(y)
             if d.kind == "holiday"} | off,
        work={d.date: d.festival or "" for y in range(2004, 2027) for d in MAINLAND.days_of(y)
              if d.kind == "make-up-day"} | MAKE_UP,
        fixed={(1, 1): "new-year"},
    )  # fmt: skip
    return bare.with_provinces(MAINLAND.provinces)


NEWER = announced()
SETTLED = MAINLAND.settled_by(NEWER)


@given(days)
def test_settled_days_stay_and_provisional_ones_are_the_newer_calendars(day: date) -> None:
    owner = NEWER if MAINLAND.is_provisional(day) else MAINLAND
    assert SETTLED.is_working_day(day) == owner.is_working_day(day)
    assert SETTLED.is_provisional(day) == NEWER.is_provisional(day)


@given(days, st.integers(1, 40))
def test_a_deadline_that_is_not_provisional_is_the_same_for_ever(day: date, count: int) -> None:
    start, limit = at(f"{day} 10:00"), Limit(count, "workdays")
    before = deadline(start, limit, TIMETABLE)
    after = deadline(start, limit, Timetable(SETTLED, SHANGHAI, OFFICE))
    assert before.provisional or before.due_at == after.due_at


def test_settling_by_the_same_days_gives_the_newer_calendar_itself() -> None:
    assert MAINLAND.settled_by(MAINLAND).version == MAINLAND.version
    assert SETTLED.version != NEWER.version
    assert SETTLED.settled_by(NEWER).version == SETTLED.version
