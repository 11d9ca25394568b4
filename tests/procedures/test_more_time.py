"""Who may ask for more time or let a clock stand still, and until when."""

from __future__ import annotations

from libs.procedures.extensions import extension_faults
from libs.procedures.facts import Value
from libs.procedures.orders import OrderTable
from libs.procedures.situation import Frame, Situation, Step
from libs.procedures.units import UnitDirectory
from tests.procedures.calendars import TIMETABLE, at, local
from tests.procedures.told import Told

REPAIR = """
- {id: repair, from: ComplaintRegistered, to: MeasuresImplemented, limit: {value: 10, unit: hours},
   pause: {by: [centre], unit: henan/centre, needs: a proof}}
- {id: answer, from: ComplaintRegistered, to: CustomerAnswered, limit: {value: 10, unit: hours}}
"""
PROVEN = {"reason": "flood", "proof": "photograph"}


def situation(told: Told, now: str, action: str, *, by: str = "centre", **data: Value) -> Situation:
    frame = Frame(units=UnitDirectory(()), timetable=TIMETABLE, plan=told.book.plan)
    step = Step(action=action, staff="s1", role=by, unit="henan/centre", data=data)
    return Situation(
        step=step, attributes={}, status="open", history={}, orders=OrderTable(),
        clocks=told.book, now=at(now), frame=frame,
    )  # fmt: skip


def faults(
    told: Told, now: str, action: str, *, by: str = "centre", **data: Value
) -> tuple[str, ...]:
    return extension_faults(situation(told, now, action, by=by, **data))


def registered() -> Told:
    return Told(REPAIR).tell("2026-03-02 09:00", "ComplaintRegistered")


def test_a_declared_pause_with_reason_and_proof_is_allowed_while_the_limit_runs() -> None:
    asked = situation(registered(), "2026-03-02 12:00", "pause_clock", clock="repair", **PROVEN)
    assert extension_faults(asked) == ()
    assert local(asked.horizon) == "2026-03-02 19:00"


def test_a_pause_not_declared_or_of_no_running_clock_is_refused() -> None:
    told, now = registered(), "2026-03-02 12:00"
    assert faults(told, now, "pause_clock", clock="answer", **PROVEN) == ("clock-cannot-pause",)
    assert faults(told, now, "pause_clock", clock="dispatch", **PROVEN) == ("no-open-clock",)


def test_a_pause_by_another_role_without_proof_is_refused_for_both_reasons() -> None:
    refused = faults(registered(), "2026-03-02 12:00", "pause_clock", by="handler", clock="repair")
    assert refused == ("pause-not-by-you", "pause-without-proof")


def test_an_ended_limit_is_not_paused() -> None:
    late = faults(registered(), "2026-03-02 19:01", "pause_clock", clock="repair", **PROVEN)
    assert late == ("pause-after-due",)


def test_what_stands_still_is_resumed_not_paused_again() -> None:
    told, now = registered(), "2026-03-03 12:00"
    assert faults(told, "2026-03-02 12:00", "resume_clock", clock="repair") == ("clock-not-paused",)
    told.tell("2026-03-02 12:00", "ClockPaused", clock="repair")
    assert faults(told, now, "pause_clock", clock="repair", **PROVEN) == ("clock-paused-already",)
    assert faults(told, now, "resume_clock", clock="repair") == ()


def test_more_time_may_be_granted_to_what_stands_still_whatever_the_hour() -> None:
    told = registered().tell("2026-03-02 12:00", "ClockPaused", clock="repair")
    new_due = at("2026-03-09 09:00")
    later = "2026-03-03 12:00"
    assert faults(told, later, "grant_extension", clock="repair", new_due=new_due) == ()
    assert faults(told, later, "grant_extension", clock="answer", new_due=new_due) == (
        "extension-after-due",
    )
