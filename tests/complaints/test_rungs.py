"""What the watchdog records: once, when it has fallen, dated to when it fell."""

from __future__ import annotations

from datetime import timedelta

from libs.complaints.commands import Command
from libs.complaints.facts import facts_of
from libs.complaints.rungs import decide_rung
from libs.complaints.state import evolve
from tests.complaints.story import CLOCKS, DAYS, Story, procedure, registered

WATCHDOG = Command(
    id="w", action="", complaint="c", staff="system", role="system", unit="pearl/desk"
)
CLOSING = CLOCKS + (
    "  - {id: idle, title: {zh: 闲置, en: Idle}, source: '3', from: CustomerAnswered,"
    " to: ComplaintClosed, limit: {value: 1, unit: days},"
    " then: {do: close, by: system, with: {outcome: solved}}}\n"
)


def fire(story: Story, moment):
    """Everything that is due at this moment, recorded; the decisions."""
    decisions = []
    while rungs := story.case.clocks.rungs_due(moment):
        decision = decide_rung(story.case, rungs[0], story.procedure, DAYS, moment)
        decisions.append(decision)
        for fact in facts_of(decision, WATCHDOG, story.case.version + 1, moment):
            story.case = evolve(story.case, fact, story.procedure, DAYS)
    return decisions


def test_a_warning_of_an_order_urges_the_unit_that_holds_it():
    story = registered(procedure()).told(
        ("issue_order", {"to": "pearl/kitchen"}),
        ("forward_order", {"order": "A", "to": "pearl/bar", "unit": "pearl/kitchen"}),
    )
    issued = story.now - timedelta(hours=1)
    (decision,) = fire(story, issued + timedelta(hours=5))

    warned, urged = decision.events
    assert (warned.type, warned.order) == ("DeadlineWarned", "A")
    assert warned.happened_at == issued + timedelta(hours=4)
    assert (urged.type, urged.order, urged.to) == ("OrderUrged", "A", ("pearl/bar",))
    assert urged.data["clock"] == "handle"


def test_a_warning_of_the_complaint_urges_nobody():
    story = registered(procedure())
    (decision,) = fire(story, story.now + timedelta(hours=22))

    assert [event.type for event in decision.events] == ["DeadlineWarned"]


def test_a_miss_is_recorded_after_the_due_time_and_dated_to_it():
    story = registered(procedure())
    due = story.now + timedelta(hours=24)
    fire(story, due)
    (decision,) = fire(story, due + timedelta(seconds=1))

    (missed,) = decision.events
    assert (missed.type, missed.happened_at) == ("DeadlineMissed", due)
    assert missed.data["due_at"] == due


def test_a_rung_is_recorded_once():
    story = registered(procedure())
    moment = story.now + timedelta(hours=25)
    rungs = story.case.clocks.rungs_due(moment)
    fire(story, moment)

    assert [decide_rung(story.case, rung, story.procedure, DAYS, moment) for rung in rungs] == [
        None,
        None,
    ]


def test_a_rung_that_has_not_fallen_is_not_recorded():
    story = registered(procedure())
    (warning, _) = story.case.clocks.rungs_due(story.now + timedelta(hours=25))

    assert decide_rung(story.case, warning, story.procedure, DAYS, story.now) is None


def test_a_stop_in_time_leaves_nothing_to_record():
    story = registered(procedure())
    rungs = story.case.clocks.rungs_due(story.now + timedelta(days=2))
    story.told(("answer", {}))

    later = story.now + timedelta(days=2)
    assert all(
        decide_rung(story.case, rung, story.procedure, DAYS, later) is None for rung in rungs
    )


def test_what_follows_a_miss_is_done_by_the_system_at_the_due_time():
    story = registered(procedure(clocks=CLOSING)).told(("answer", {}))
    due = story.now + timedelta(days=1)
    (decision,) = fire(story, due + timedelta(hours=3))

    missed, closed = decision.events
    assert (missed.type, closed.type) == ("DeadlineMissed", "ComplaintClosed")
    assert closed.happened_at == due
    assert closed.data == {"outcome": "solved"}
    assert story.case.status == "closed"


def test_what_a_rule_forbids_by_then_is_left_undone_and_the_miss_stands():
    rules = (
        "rules:\n  - {id: r, kind: only, title: {zh: 规则, en: Rule}, source: '1',"
        " applies: close, needs: {by: centre}}\n"
    )
    story = registered(procedure(rules, clocks=CLOSING)).told(("answer", {}))
    (decision,) = fire(story, story.now + timedelta(days=2))

    assert [event.type for event in decision.events] == ["DeadlineMissed"]
    assert story.case.status == "answered"
