"""Any history: rungs do not depend on when the watchdog looks, and states agree with the events."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.procedures.clocks import ClockBook
from tests.procedures.calendars import at
from tests.procedures.told import Told

CLOCKS = """
- {id: fill, from: ComplaintRegistered, to: ComplaintClassified, limit: {value: 1, unit: hours},
   warn_at: [0.5, 0.9]}
- {id: answer-general, from: ComplaintRegistered, to: CustomerAnswered,
   limit: {value: 24, unit: hours}, warn_at: 0.9, when: {level: general}}
- {id: answer-provincial, from: ComplaintRegistered, to: CustomerAnswered,
   limit: {value: 2, unit: workdays}, warn_at: 0.9, when: {level: provincial}}
- {id: handle, from: OrderIssued, to: OrderFedBack, order: same, limit: {value: 16, unit: hours},
   warn_at: 0.9, when: {level: provincial}}
- {id: reply, from: OrderFedBack, to: [CustomerAnswered, ProgressReported],
   limit: {value: 2, unit: hours}, warn_at: 0.9, when: {open_main_or_redo_orders: 0},
   restart: each time, open_run: cancelled}
- {id: revisit, from: ComplaintClosed, to: RevisitMade, limit: {value: 3, unit: days}, warn_at: 0.9,
   when: {stop.reached: true}, restart: each closing, open_run: stays, lives_on: true}
"""
ORDERS = st.sampled_from("AB")
STEPS = st.one_of(
    st.tuples(st.just("ComplaintClassified"), st.sampled_from(["general", "provincial"])),
    st.tuples(st.just("RevisitMade"), st.booleans()),
    st.tuples(st.sampled_from(["OrderIssued", "OrderFedBack", "OrderReturned"]), ORDERS),
    st.tuples(
        st.sampled_from(["CustomerAnswered", "ProgressReported", "ComplaintClosed"]), st.none()
    ),
)
HISTORIES = st.lists(st.tuples(st.integers(0, 36 * 60), STEPS), max_size=14)
BEGIN, END = at("2026-04-29 09:00"), "2026-07-01 00:00"


def take(told: Told, when: datetime, event: str, detail: object) -> None:
    match event:
        case "ComplaintClassified":
            told.tell(when, event, level=str(detail))
        case "RevisitMade":
            told.tell(when, event, reached=bool(detail))
        case "OrderIssued" | "OrderFedBack" | "OrderReturned":
            told.tell(when, event, order=str(detail), to="henan/centre")
        case _:
            told.tell(when, event)


def play(history: list[tuple[int, tuple[str, object]]], *, looks: bool) -> Told:
    """The history with a watchdog that looks until each event, or only at the very end."""
    told, now = Told(CLOCKS).tell(BEGIN, "ComplaintRegistered"), BEGIN
    for minutes, (event, detail) in history:
        now += timedelta(minutes=minutes)
        if looks:
            # The events of a moment come before the watchdog's look at it.
            told.watch_at(now - timedelta(microseconds=1))
        take(told, now, event, detail)
    return told.watch(END)


def recorded(told: Told) -> list[tuple[object, ...]]:
    return sorted(
        (fact.type, fact.data["clock"], fact.order or "", fact.data["run"], fact.data["due_at"],
         fact.data["share"])
        for fact in told.facts
        if fact.type.startswith("Deadline")
    )  # fmt: skip


@given(HISTORIES)
@settings(max_examples=150, deadline=None)
def test_an_outage_of_the_watchdog_changes_no_rung_and_no_state(
    history: list[tuple[int, tuple[str, object]]],
) -> None:
    attentive, asleep = play(history, looks=True), play(history, looks=False)
    rungs = recorded(attentive)
    assert rungs == recorded(asleep)
    assert len(set(rungs)) == len(rungs)
    assert states(attentive.book) == states(asleep.book)


@given(HISTORIES)
@settings(max_examples=100, deadline=None)
def test_a_run_is_missed_exactly_when_its_miss_is_on_record(
    history: list[tuple[int, tuple[str, object]]],
) -> None:
    for view in play(history, looks=False).book.views(at(END)):
        assert view.missed is (view.state == "missed")
        late = view.ended_at is None or view.ended_at > view.due_at
        assert late is (view.state == "missed")


def states(book: ClockBook) -> list[tuple[object, ...]]:
    return [
        (view.clock, view.order, view.run, view.state, view.due_at) for view in book.views(at(END))
    ]
