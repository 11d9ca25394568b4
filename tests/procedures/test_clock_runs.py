"""How runs of a clock begin, end and are missed, one sentence of the format after another."""

from __future__ import annotations

import pytest

from libs.procedures.clocks import ClockBook
from tests.procedures.calendars import at, local
from tests.procedures.told import Told, later

ANSWER = """
- {id: answer, from: ComplaintRegistered, to: CustomerAnswered, limit: {value: 48, unit: hours},
   warn_at: 0.9}
"""
HANDLE = """
- {id: handle, from: OrderIssued, to: OrderFedBack, order: same, limit: {value: 40, unit: hours},
   warn_at: 0.9, when: {stop.to: issuer of the order}}
"""
REVISIT = """
- {id: revisit, from: ComplaintClosed, to: RevisitMade, limit: {value: 7, unit: days}, warn_at: 0.9,
   when: {stop.reached: true}, restart: after each closing, open_run: stays, lives_on: true}
"""


# Starting, stopping, missing


def test_a_clock_is_met_by_its_stopping_event() -> None:
    told = Told(ANSWER).tell("2026-03-02 09:00", "ComplaintRegistered")
    assert told.state("answer", now="2026-03-04 09:00") == "open"
    assert told.state("answer", now="2026-03-04 09:01") == "missed"
    told.tell("2026-03-03 09:00", "CustomerAnswered")
    view = told.view("answer")
    assert (view.state, local(view.met_at)) == ("met", "2026-03-03 09:00")
    assert (local(view.due_at), local(view.warn_at)) == ("2026-03-04 09:00", "2026-03-04 04:12")


def test_a_stop_at_exactly_the_due_time_is_met_and_a_microsecond_later_missed() -> None:
    in_time = Told(ANSWER).tell("2026-03-02 09:00", "ComplaintRegistered")
    in_time.tell("2026-03-04 09:00", "CustomerAnswered")
    late = Told(ANSWER).tell("2026-03-02 09:00", "ComplaintRegistered")
    late.tell(later("2026-03-04 09:00", microseconds=1), "CustomerAnswered")
    assert in_time.view("answer").state == "met"
    assert late.view("answer").state == "missed"
    assert late.view("answer").met_at is None


def test_a_clock_starts_when_it_happened_and_stops_when_it_was_recorded() -> None:
    told = Told(ANSWER)
    told.tell("2026-03-02 09:00", "ComplaintRegistered", recorded="2026-03-02 15:00")
    told.tell("2026-03-04 08:00", "CustomerAnswered", recorded="2026-03-04 10:00")
    view = told.view("answer")
    assert (view.state, local(view.due_at)) == ("missed", "2026-03-04 09:00")
    assert (local(view.ended_at), local(view.claimed_at)) == (
        "2026-03-04 10:00",
        "2026-03-04 08:00",
    )


def test_a_clock_runs_once_from_its_first_starting_event() -> None:
    told = Told("""
    - {id: dispatch, from: ComplaintClassified, to: OrderIssued, limit: {value: 4, unit: hours}}
    """)
    told.tell("2026-03-02 09:00", "ComplaintClassified")
    told.tell("2026-03-02 10:00", "OrderIssued", order="A", to="henan/network")
    told.tell("2026-03-02 11:00", "ComplaintClassified")
    assert told.due("dispatch") == "2026-03-02 13:00"
    assert told.view("dispatch").state == "met"


def test_a_clock_of_orders_runs_once_for_each() -> None:
    told = Told(HANDLE)
    told.tell("2026-03-02 09:00", "OrderIssued", order="A", to="henan/network")
    told.tell("2026-03-02 10:00", "OrderIssued", order="B", to="henan/billing")
    told.tell("2026-03-03 09:00", "OrderFedBack", order="B", to="henan/centre")
    assert told.state("handle", "A", now="2026-03-03 10:00") == "open"
    assert told.state("handle", "B", now="2026-03-03 10:00") == "met"


def test_an_event_never_stops_the_run_it_starts() -> None:
    told = Told("""
    - {id: chain, from: CaseReported, to: CaseReported, limit: {value: 2, unit: hours},
       when: {start.to: superior, stop.to: [superior, store-manager]}}
    """)
    told.tell("2026-03-02 09:00", "CaseReported", to="superior")
    assert told.state("chain", now="2026-03-02 10:00") == "open"
    told.tell("2026-03-02 10:00", "CaseReported", to="store-manager")
    assert told.state("chain", now="2026-03-02 10:00") == "met"


def test_restart_opens_a_run_of_its_own_and_one_event_stops_all_open_runs() -> None:
    told = Told(REVISIT)
    told.tell("2026-03-02 09:00", "ComplaintClosed")
    told.tell("2026-03-04 09:00", "ComplaintClosed")
    assert [local(view.due_at) for view in told.all("revisit")] == [
        "2026-03-09 09:00",
        "2026-03-11 09:00",
    ]
    told.tell("2026-03-05 09:00", "RevisitMade", reached=False)
    assert [view.state for view in told.all("revisit", now="2026-03-05 10:00")] == ["open", "open"]
    told.tell("2026-03-06 09:00", "RevisitMade", reached=True)
    assert [(view.run, view.state) for view in told.all("revisit")] == [(1, "met"), (2, "met")]


def test_a_restarting_clock_stops_its_open_run_before_it_starts_the_next() -> None:
    told = Told("""
    - {id: feedback, from: OrderFedBack, to: OrderFedBack, order: same,
       limit: {value: 48, unit: hours}, when: {start.final: false},
       restart: at every interim feedback, open_run: stays}
    """)
    told.tell("2026-03-02 09:00", "OrderFedBack", order="A", final=False)
    told.tell("2026-03-03 09:00", "OrderFedBack", order="A", final=False)
    told.tell("2026-03-04 09:00", "OrderFedBack", order="A", final=True)
    assert [(view.state, local(view.ended_at)) for view in told.all("feedback", "A")] == [
        ("met", "2026-03-03 09:00"),
        ("met", "2026-03-04 09:00"),
    ]


def test_open_run_cancelled_leaves_only_the_last_run() -> None:
    told = Told("""
    - {id: revisit, from: MeasuresImplemented, to: RevisitMade, limit: {value: 5, unit: workdays},
       restart: at every implementation, open_run: cancelled}
    """)
    told.tell("2026-03-02 09:00", "MeasuresImplemented")
    told.tell("2026-03-03 09:00", "MeasuresImplemented")
    told.tell("2026-03-04 09:00", "RevisitMade")
    assert [view.state for view in told.all("revisit")] == ["cancelled", "met"]


# Cancelling


@pytest.mark.parametrize("event", ["ComplaintClosed", "ComplaintDeclined", "ComplaintWithdrawn"])
def test_closing_declining_and_withdrawing_cancel_open_clocks(event: str) -> None:
    told = Told(ANSWER).tell("2026-03-02 09:00", "ComplaintRegistered")
    told.tell("2026-03-02 10:00", event)
    assert told.view("answer").state == "cancelled"


def test_declining_meets_the_clock_that_names_it() -> None:
    told = Told("""
    - {id: answer, from: ComplaintRegistered, to: [CustomerAnswered, ComplaintDeclined],
       limit: {value: 5, unit: workdays}}
    """)
    told.tell("2026-03-02 09:00", "ComplaintRegistered")
    told.tell("2026-03-02 10:00", "ComplaintDeclined")
    assert told.view("answer").state == "met"


def test_returning_an_order_cancels_its_own_clocks_only() -> None:
    told = Told(ANSWER + HANDLE).tell("2026-03-02 09:00", "ComplaintRegistered")
    told.tell("2026-03-02 09:30", "OrderIssued", order="A", to="henan/network")
    told.tell("2026-03-02 09:40", "OrderIssued", order="B", to="henan/billing")
    told.tell("2026-03-02 10:00", "OrderReturned", order="A")
    assert told.state("handle", "A", now="2026-03-02 11:00") == "cancelled"
    assert told.state("handle", "B", now="2026-03-02 11:00") == "open"
    assert told.state("answer", now="2026-03-02 11:00") == "open"


def test_a_clock_that_lives_on_outlasts_closing() -> None:
    told = Told(REVISIT).tell("2026-03-02 09:00", "ComplaintClosed")
    told.tell("2026-03-02 10:00", "ComplaintClosed")
    assert [view.state for view in told.all("revisit", now="2026-03-02 11:00")] == ["open", "open"]


def test_cancelled_by_names_an_event_and_its_fields() -> None:
    told = Told("""
    - {id: report, from: OrderFedBack, to: CaseReported, limit: {value: 48, unit: hours},
       cancelled_by: {OrderIssued: {kind: redo}}, restart: at each feedback, open_run: stays}
    """)
    told.tell("2026-03-02 09:00", "OrderFedBack", order="A")
    told.tell("2026-03-02 10:00", "OrderIssued", order="B", to="henan")
    assert told.state("report", now="2026-03-02 11:00") == "open"
    told.tell("2026-03-02 12:00", "OrderIssued", order="C", to="henan", kind="redo")
    assert told.view("report").state == "cancelled"


def test_cancelled_by_closing_may_ask_for_more_than_closing() -> None:
    told = Told("""
    - {id: revisit, from: MeasuresImplemented, to: RevisitMade, limit: {value: 7, unit: days},
       lives_on: true, cancelled_by: {ComplaintClosed: {closed_by_rule: auto}}}
    """)
    told.tell("2026-03-02 09:00", "MeasuresImplemented")
    told.tell("2026-03-02 10:00", "ComplaintClosed")
    assert told.state("revisit", now="2026-03-02 11:00") == "open"
    told.tell("2026-03-02 12:00", "ComplaintClosed", closed_by_rule="auto")
    assert told.view("revisit").state == "cancelled"


def test_a_miss_stays_on_record_when_the_clock_is_cancelled_or_stopped_later() -> None:
    closed = Told(ANSWER).tell("2026-03-02 09:00", "ComplaintRegistered")
    closed.watch("2026-03-05 09:00").tell("2026-03-05 10:00", "ComplaintClosed")
    answered = Told(ANSWER).tell("2026-03-02 09:00", "ComplaintRegistered")
    answered.watch("2026-03-05 09:00").tell("2026-03-05 10:00", "CustomerAnswered")
    assert closed.view("answer").state == answered.view("answer").state == "missed"


# Warnings and misses


def test_a_warning_falls_at_its_time_and_a_miss_after_it() -> None:
    told = Told(ANSWER).tell("2026-03-02 09:00", "ComplaintRegistered")
    assert told.rungs("2026-03-04 04:11") == []
    assert told.rungs("2026-03-04 04:12") == [("answer", "warned", "2026-03-04 04:12")]
    told.watch("2026-03-04 09:00")
    assert local(told.book.next_rung_at()) == "2026-03-04 09:00"
    assert told.rungs("2026-03-04 09:00") == []
    assert [
        rung.kind for rung in told.book.rungs_due(later("2026-03-04 09:00", microseconds=1))
    ] == ["missed"]


def test_what_is_recorded_does_not_fall_again() -> None:
    told = Told(ANSWER).tell("2026-03-02 09:00", "ComplaintRegistered").watch("2026-03-06 09:00")
    assert [fact.type for fact in told.facts[1:]] == ["DeadlineWarned", "DeadlineMissed"]
    assert told.rungs("2026-03-06 09:00") == []
    assert told.book.next_rung_at() is None
    view = told.view("answer")
    assert (view.state, view.warned, view.missed) == ("missed", True, True)


def test_after_an_outage_every_rung_appears_oldest_first() -> None:
    told = Told(ANSWER + HANDLE).tell("2026-03-02 09:00", "ComplaintRegistered")
    told.tell("2026-03-02 10:00", "OrderIssued", order="A", to="henan/network")
    assert told.rungs("2026-03-10 00:00") == [
        ("handle", "warned", "2026-03-03 22:00"),
        ("handle", "missed", "2026-03-04 02:00"),
        ("answer", "warned", "2026-03-04 04:12"),
        ("answer", "missed", "2026-03-04 09:00"),
    ]


def test_a_miss_that_the_watchdog_had_not_seen_is_owed_though_the_clock_has_ended() -> None:
    told = Told(ANSWER).tell("2026-03-02 09:00", "ComplaintRegistered")
    told.tell("2026-03-04 10:00", "CustomerAnswered")
    assert told.rungs("2026-03-04 10:00") == [
        ("answer", "warned", "2026-03-04 04:12"),
        ("answer", "missed", "2026-03-04 09:00"),
    ]


def test_a_clock_stopped_in_its_warning_or_due_minute_is_not_warned_or_missed() -> None:
    at_warning = Told(ANSWER).tell("2026-03-02 09:00", "ComplaintRegistered")
    at_warning.tell("2026-03-04 04:12", "CustomerAnswered")
    at_due = Told(ANSWER).tell("2026-03-02 09:00", "ComplaintRegistered")
    at_due.tell("2026-03-04 09:00", "CustomerAnswered")
    assert at_warning.rungs("2026-04-01 00:00") == []
    assert at_due.rungs("2026-04-01 00:00") == [("answer", "warned", "2026-03-04 04:12")]


def test_several_warnings_each_fall_once() -> None:
    told = Told("""
    - {id: answer, from: ComplaintRegistered, to: CustomerAnswered,
       limit: {value: 100, unit: hours}, warn_at: [0.9, 0.5]}
    """)
    told.tell("2026-03-02 00:00", "ComplaintRegistered").watch("2026-03-10 00:00")
    shares = [fact.data["share"] for fact in told.facts[1:]]
    assert shares == [500, 900, 1000]


def test_a_soft_clock_is_missed_but_marked() -> None:
    told = Told("""
    - {id: handle, from: ComplaintRegistered, to: MeasuresImplemented,
       limit: {value: 10, unit: days}, soft: true}
    """)
    told.tell("2026-03-02 09:00", "ComplaintRegistered").watch("2026-03-20 09:00")
    assert told.facts[-1].data["soft"] is True
    assert (told.view("handle").state, told.view("handle").soft) == ("missed", True)


def test_the_same_events_give_the_same_book() -> None:
    def history() -> ClockBook:
        told = Told(ANSWER + HANDLE + REVISIT).tell("2026-03-02 09:00", "ComplaintRegistered")
        told.tell("2026-03-02 10:00", "OrderIssued", order="A", to="henan/network")
        told.watch("2026-03-04 03:00").tell("2026-03-04 03:30", "CustomerAnswered")
        return told.tell("2026-03-04 04:00", "ComplaintClosed").book

    assert history().rungs_due(at("2026-06-01 00:00")) == history().rungs_due(
        at("2026-06-01 00:00")
    )
    states = [run.state(at("2026-06-01 00:00")) for run in history().runs()]
    assert states == ["met", "missed", "missed"]
