"""A clock that stands still gets back what would have counted, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.procedures.clocks import Limit, deadline, parse_clock
from libs.procedures.clocks.deadlines import Pause, after_pause
from libs.procedures.errors import DeclarationError
from tests.procedures.calendars import TIMETABLE, at, local
from tests.procedures.told import Told

REPAIR = """
- {id: repair, from: ComplaintRegistered, to: MeasuresImplemented, warn_at: 0.9,
   limit: {value: %d, unit: %s}, pause: {by: [centre], needs: a reason and a proof}}
"""


def repair(start: str, value: int, unit: str) -> Told:
    return Told(REPAIR % (value, unit)).tell(start, "ComplaintRegistered")


def pause(told: Told, start: str, end: str) -> Told:
    told.tell(start, "ClockPaused", clock="repair")
    return told.tell(end, "ClockResumed", clock="repair")


def test_working_hours_get_back_the_working_time_of_the_pause() -> None:
    told = repair("2026-10-08 09:00", 14, "working-hours")
    assert told.due("repair") == "2026-10-09 17:30"
    pause(told, "2026-10-09 10:00", "2026-10-10 10:00")
    assert told.due("repair") == "2026-10-10 17:30"


def test_a_pause_outside_working_hours_gives_nothing_back() -> None:
    told = pause(
        repair("2026-10-08 09:00", 14, "working-hours"), "2026-10-08 17:30", "2026-10-09 09:00"
    )
    assert told.due("repair") == "2026-10-09 17:30"


def test_overlapping_pauses_are_given_back_once() -> None:
    told = repair("2026-10-08 09:00", 14, "working-hours")
    told.tell("2026-10-08 10:00", "ClockPaused", clock="repair")
    told.tell("2026-10-08 11:00", "ClockPaused", clock="repair")
    told.tell("2026-10-08 12:00", "ClockResumed", clock="repair")
    told.tell("2026-10-08 14:00", "ClockResumed", clock="repair")
    assert told.due("repair") == "2026-10-10 11:00"


def test_natural_hours_get_back_the_whole_pause_and_the_warning_moves_too() -> None:
    told = repair("2026-03-02 09:00", 10, "hours")
    pause(told, "2026-03-02 12:00", "2026-03-02 14:00")
    view = told.view("repair")
    assert (local(view.due_at), local(view.warn_at)) == ("2026-03-02 21:00", "2026-03-02 20:00")
    assert local(view.first_due_at) == "2026-03-02 21:00"
    assert [(local(s.from_at), s.counted, s.reason) for s in view.explanation.segments] == [
        ("2026-03-02 09:00", True, "elapsed"),
        ("2026-03-02 12:00", False, "paused"),
        ("2026-03-02 14:00", True, "elapsed"),
    ]


def test_working_days_get_back_those_at_whose_beginning_it_stood_still() -> None:
    told = repair("2026-03-02 09:00", 2, "workdays")
    assert told.due("repair") == "2026-03-05 00:00"
    pause(told, "2026-03-03 09:00", "2026-03-03 17:00")
    assert told.due("repair") == "2026-03-05 00:00"
    # Wednesday, Thursday and Friday began while it stood still; the weekend would not have counted.
    pause(told, "2026-03-03 18:00", "2026-03-08 10:00")
    assert told.due("repair") == "2026-03-10 00:00"
    days = [s.reason for s in told.view("repair").explanation.segments]
    assert days == ["starting-day", "workday", *["paused"] * 3, "weekend", "weekend", "workday"]


def test_nothing_falls_while_it_stands_still() -> None:
    told = repair("2026-03-02 09:00", 10, "hours")
    told.tell("2026-03-02 12:00", "ClockPaused", clock="repair")
    assert told.rungs("2026-03-05 00:00") == []
    assert told.book.next_rung_at() is None
    view = told.view("repair", now="2026-03-05 00:00")
    assert (view.state, local(view.paused_at)) == ("open", "2026-03-02 12:00")


def test_a_stop_during_the_pause_is_in_time() -> None:
    told = repair("2026-03-02 09:00", 10, "hours")
    told.tell("2026-03-02 12:00", "ClockPaused", clock="repair")
    told.tell("2026-03-05 12:00", "MeasuresImplemented")
    assert told.view("repair").state == "met"


def test_what_fell_before_the_pause_stays_and_is_not_repeated() -> None:
    told = repair("2026-03-02 09:00", 10, "hours").watch("2026-03-02 18:30")
    pause(told, "2026-03-02 18:30", "2026-03-03 18:30").watch("2026-03-03 19:00")
    assert [fact.type for fact in told.facts].count("DeadlineWarned") == 1
    assert told.due("repair") == "2026-03-03 19:00"
    late = repair("2026-03-02 09:00", 10, "hours")
    pause(late, "2026-03-02 20:00", "2026-03-03 20:00")
    assert (late.due("repair"), late.view("repair").state) == ("2026-03-02 19:00", "missed")


def test_a_clock_that_does_not_declare_it_never_stands_still() -> None:
    told = Told("""
    - {id: repair, from: ComplaintRegistered, to: MeasuresImplemented,
       limit: {value: 10, unit: hours}}
    """)
    pause(
        told.tell("2026-03-02 09:00", "ComplaintRegistered"), "2026-03-02 12:00", "2026-03-02 14:00"
    )
    assert told.due("repair") == "2026-03-02 19:00"


@pytest.mark.parametrize("limit", [
    {"value": 0, "unit": "days"},
    {"field": "start.due"},
])  # fmt: skip
def test_the_same_day_and_a_given_time_cannot_stand_still(
    limit: dict[str, object],
) -> None:
    node = {"id": "a", "from": "X", "to": "Y", "limit": limit, "pause": {"by": ["centre"]}}
    with pytest.raises(DeclarationError, match="cannot pause"):
        parse_clock(node, ())


@example(60 * 24 * 14, 0, 60 * 24 * 4, Limit(5, "workdays"))
@given(
    st.integers(0, 60 * 24 * 20),
    st.integers(0, 60 * 24 * 10),
    st.integers(1, 60 * 24 * 10),
    st.sampled_from([Limit(30, "working-hours"), Limit(90, "hours"), Limit(5, "workdays")]),
)
def test_time_paused_never_counts(begin: int, before: int, length: int, limit: Limit) -> None:
    start: datetime = at("2026-09-14 00:00") + timedelta(minutes=begin)
    due = deadline(start, limit, TIMETABLE).due_at
    stretch = Pause(start + timedelta(minutes=before), start + timedelta(minutes=before + length))
    if stretch.from_at >= due:
        return
    moved = after_pause(due, limit, stretch, TIMETABLE)
    if limit.unit == "hours":
        assert moved - due == timedelta(minutes=length)
    elif limit.unit == "working-hours":
        counted = TIMETABLE.worked_between(start, stretch.from_at) + TIMETABLE.worked_between(
            stretch.until_at, moved
        )
        assert counted == timedelta(hours=30)
    else:
        assert _begun(start, stretch, moved) == limit.value


def _begun(start: datetime, stretch: Pause, due: datetime) -> int:
    """Working days after the starting day that began before the due time and not in the pause."""
    day, count = TIMETABLE.day_of(start) + timedelta(days=1), 0
    while (begins := TIMETABLE.start_of(day)) < due:
        paused = stretch.from_at < begins < stretch.until_at
        count += TIMETABLE.calendar.is_working_day(day) and not paused
        day += timedelta(days=1)
    return count
