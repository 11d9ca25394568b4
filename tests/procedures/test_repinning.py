"""Going over to a newer calendar: as if it had been known from the beginning, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from libs.procedures.clocks import ClockPlan, Run, Timetable, parse_clock
from tests.procedures.calendars import OFFICE, SHANGHAI, TIMETABLE, at, local
from tests.procedures.test_provinces import NEWER, SETTLED
from tests.procedures.told import Told

CLOCKS = """
- {id: reply, from: ComplaintRegistered, to: CustomerAnswered, warn_at: [0.5, 0.9],
   limit: {value: %d, unit: %s}, pause: {by: [centre]}, extend: {by: [centre]}}
- {id: call, from: ComplaintRegistered, to: RevisitMade, warn_at: 0.9,
   limit: {value: 40, unit: days}}
"""
UNITS = ["workdays", "working-hours", "working-minutes"]
PROVINCES = ["henan", "guangxi"]


# 2027 as it was guessed, and as it was announced.
GUESSED, ANNOUNCED = TIMETABLE, Timetable(SETTLED, SHANGHAI, OFFICE)


def plan_of(clocks: str, timetable: Timetable) -> ClockPlan:
    parsed = [parse_clock(node, ("clocks", n)) for n, node in enumerate(yaml.safe_load(clocks))]
    return ClockPlan(parsed, timetable)


def lived(
    clocks: str, timetable: Timetable, start: datetime, pauses: list[tuple[int, int]], unit: str
) -> Told:
    """A complaint that pinned this calendar, with pauses in minutes from its start."""
    told = Told(clocks)
    told.book = told.book.under(plan_of(clocks, timetable))
    told.tell(start, "ComplaintRegistered", unit=f"{unit}/centre")
    for begin, end in pauses:
        told.tell(start + timedelta(minutes=begin), "ClockPaused", clock="reply")
        told.tell(start + timedelta(minutes=end), "ClockResumed", clock="reply")
    return told


def repin(told: Told, clocks: str, when: datetime) -> None:
    told.book = told.book.under(plan_of(clocks, ANNOUNCED))
    told.tell(when, "CalendarRepinned", calendar_version=NEWER.version)


def reckoned(told: Told) -> list[tuple[object, ...]]:
    runs: list[Run] = list(told.book.runs())
    return [
        (run.clock.id, run.due_at, run.first_due_at, run.warnings, run.provisional) for run in runs
    ]


@st.composite
def stretches(draw: st.DrawFn) -> list[tuple[int, int]]:
    ends = sorted(draw(st.lists(st.integers(1, 60 * 24 * 20), max_size=4, unique=True)))
    return list(zip(ends[::2], ends[1::2], strict=False))


@settings(deadline=None)
@given(
    st.integers(0, 60 * 24 * 120),
    st.integers(1, 40),
    st.sampled_from(UNITS),
    stretches(),
    st.sampled_from(PROVINCES),
)
@example(60 * 24 * 80, 30, "workdays", [(60, 60 * 24 * 9)], "henan")
def test_after_it_all_is_as_if_it_had_been_pinned_from_the_beginning(
    begin: int, value: int, unit: str, pauses: list[tuple[int, int]], province: str
) -> None:
    clocks = CLOCKS % (value, unit)
    start = at("2026-10-01 08:00") + timedelta(minutes=begin)
    later = start + timedelta(days=21)
    told = lived(clocks, GUESSED, start, pauses, province)
    repin(told, clocks, later)
    fresh = lived(clocks, ANNOUNCED, start, pauses, province)
    assert reckoned(told) == reckoned(fresh)


def before_and_after(*, extended: bool = False, missed: bool = False) -> tuple[Told, Told]:
    """The same complaint, due in January and again after the notice of 2027."""
    both = []
    for _ in range(2):
        told = lived(CLOCKS % (35, "workdays"), GUESSED, at("2026-12-21 09:00"), [], "henan")
        if extended:
            told.tell(
                "2026-12-22 09:00",
                "ExtensionGranted",
                clock="reply",
                new_due=at("2027-03-01 12:00"),
            )
        if missed:
            told.watch("2027-02-20 00:00")
        both.append(told)
    repin(both[1], CLOCKS % (35, "workdays"), at("2027-02-20 00:00"))
    return both[0], both[1]


def test_a_due_time_moves_with_its_warning_and_its_explanation() -> None:
    before, after = before_and_after()
    assert (before.due("reply"), after.due("reply")) == ("2027-02-10 00:00", "2027-02-17 00:00")
    assert before.view("reply").provisional
    view = after.view("reply")
    assert not view.provisional
    assert local(view.first_due_at) == "2027-02-17 00:00"
    assert view.warn_at != before.view("reply").warn_at
    counted = [segment for segment in view.explanation.segments if segment.counted]
    assert len(counted) == 35
    assert not any(segment.provisional for segment in view.explanation.segments)


def test_an_extension_granted_stays_and_the_first_due_time_moves() -> None:
    before, after = before_and_after(extended=True)
    assert before.due("reply") == after.due("reply") == "2027-03-01 12:00"
    assert local(after.view("reply").first_due_at) == "2027-02-17 00:00"


def test_a_miss_on_record_stays() -> None:
    before, after = before_and_after(missed=True)
    assert before.due("reply") == after.due("reply") == "2027-02-10 00:00"
    assert after.view("reply").missed


def test_what_depends_on_no_calendar_stays() -> None:
    before, after = before_and_after()
    assert before.due("call") == after.due("call")
