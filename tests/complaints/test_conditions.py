"""Each block of the condition language, seen to hold and seen not to hold."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.complaints.story import START, Story, registered, with_rule

ORDERED = ("issue_order", {"to": "pearl/kitchen"})
HANDLER = {"by": "handler", "unit": "pearl/kitchen"}


def refuses(story: Story, action: str, **details) -> bool:
    return "r" in story.broken_by(action, **details)


STEP_BLOCKS = [
    ("{by: [manager, director]}", {"by": "director"}, {"by": "agent"}),
    ("{unit: <house>/desk}", {"unit": "opal/desk"}, {"unit": "opal/kitchen"}),
    ("{unit: pearl/...}", {"unit": "pearl/desk/night"}, {"unit": "pearl"}),
    ("{unit_kind: desk}", {"unit": "opal/desk"}, {"unit": "group/desk"}),
    ("{post: duty-manager}", {"post": "duty-manager"}, {"post": "porter"}),
    ("{to: group}", {"to": ("group", "pearl/desk")}, {"to": "pearl/desk"}),
    ("{to_only: group}", {"to": "group"}, {"to": ("group", "pearl/desk")}),
    ("{to_kind: desk}", {"to": ("group", "pearl/desk")}, {"to": "pearl/bar"}),
    ("{to_kind_only: desk}", {"to": "pearl/desk"}, {"to": ("group", "pearl/desk")}),
    ("{with: [text]}", {"text": "told"}, {}),
    ("{within: [to, actor.unit.province]}", {"to": "pearl/bar"}, {"to": "group"}),
    ("{same: [to.province, actor.unit.province]}", {"to": "pearl/bar"}, {"to": "opal/bar"}),
    ("{differs: [to, actor.unit]}", {"to": "pearl/bar"}, {"to": "pearl/desk"}),
    ("{includes: [to, {value: group}]}", {"to": ("group", "pearl/bar")}, {"to": "pearl/bar"}),
    ("{same: [to.kind, {value: desk}]}", {"to": "opal/desk"}, {"to": "opal/bar"}),
    ("{any: [{by: agent}, {to: group}]}", {"by": "agent"}, {"by": "centre"}),
    ("{all: [{by: agent}, {to: opal/bar}]}", {"by": "agent", "to": "opal/bar"}, {"by": "agent"}),
    ("{none: [{by: agent}, {by: handler}]}", {"by": "centre"}, {"by": "handler"}),
]


@pytest.mark.parametrize(("needs", "obeyed", "broken"), STEP_BLOCKS)
def test_blocks_about_the_step(needs, obeyed, broken):
    rules = with_rule("report_case", condition=needs)

    assert not refuses(registered(rules), "report_case", **{"to": "pearl/desk", **obeyed})
    assert refuses(registered(rules), "report_case", **{"to": "pearl/desk", **broken})


MATCHERS = [
    ("{vip: true}", {"vip": True}, {"vip": False}),
    ("{problem: [room, noise]}", {"problem": "noise"}, {"problem": "bill"}),
    ("{problem: null}", {}, {"problem": "bill"}),
    ("{vip: {not: true}}", {}, {"vip": True}),
    ("{vip: {set: true}}", {"vip": False}, {}),
    ("{content: {set: true}}", {"content": "told"}, {}),
    ("{rooms: 1}", {"rooms": 1}, {"rooms": 2}),
    ("{rooms: {at_least: 2, at_most: 4}}", {"rooms": 4}, {"rooms": 5}),
    ("{rooms: {more_than: {parameter: most}}}", {"rooms": 4}, {"rooms": 3}),
    ("{rooms: {less_than: 2}}", {"rooms": 1}, {}),
    ("{witnesses: ann}", {"witnesses": ("ann", "bob")}, {"witnesses": ("bob",)}),
    ("{witnesses: {contains: [ann, bob]}}", {"witnesses": ("bob", "ann")}, {"witnesses": ("bob",)}),
    ("{arrived_at: {not_after: now}}", {"arrived_at": START}, {}),
]


@pytest.mark.parametrize(("fields", "obeyed", "broken"), MATCHERS)
def test_matchers_on_the_fields_of_a_step(fields, obeyed, broken):
    rules = with_rule("register", condition=f"{{with: {fields}}}")

    assert not refuses(Story(rules), "register", **obeyed)
    assert refuses(Story(rules), "register", **broken)


@pytest.mark.parametrize(("fields", "obeyed", "broken"), MATCHERS)
def test_matchers_on_the_fields_of_the_complaint(fields, obeyed, broken):
    rules = with_rule("answer", condition=f"{{case: {fields}}}")

    assert not refuses(registered(rules, **obeyed), "answer")
    assert refuses(registered(rules, **broken), "answer")


def test_a_truth_value_is_no_number():
    rules = with_rule("register", condition="{with: {rooms: 1}}")

    assert refuses(Story(rules), "register", rooms=True)


def test_what_the_step_carries_is_known_already():
    rules = with_rule("supplement", condition="{known: [rooms, problem]}")

    assert not refuses(registered(rules, rooms=2), "supplement", problem="bill")
    assert refuses(registered(rules), "supplement", problem="bill")


def test_the_latest_value_of_a_field_counts():
    rules = with_rule("answer", condition="{case: {level: major}}")
    story = registered(rules, level="minor")

    assert refuses(story, "answer")
    assert not refuses(story.told(("classify", {"level": "major"})), "answer")


def test_status_of_the_complaint():
    rules = with_rule("archive", condition="{status: [closed, declined]}")

    assert refuses(registered(rules), "archive")
    assert not refuses(registered(rules).told(("close", {})), "archive")


ORDER_TESTS = [
    ("{order: {kind: main}}", True),
    ("{order: {kind: assist}}", False),
    ("{order: {state: open}}", True),
    ("{order: {state: [fed-back, returned]}}", False),
    ("{order: {issuer: <house>/desk, issuer_kind: desk}}", True),
    ("{order: {holder: pearl/kitchen}}", True),
    ("{order: {holder_kind: desk}}", False),
    ("{order: {received: true}}", False),
    ("{order: {forwarded: true}}", False),
    ("{order: {named: false}}", False),
    ("{same: [actor.unit, order.holder]}", True),
    ("{same: [actor.unit, order.issuer]}", False),
    ("{same: [order.sender, order.issuer]}", True),
    ("{same: [order.first, order.holder]}", True),
    ("{orders: {state: open, kind: [main, redo]}}", True),
    ("{orders: {state: open, at_most: 0}}", False),
    ("{orders: {without_event: MeasuresImplemented}}", True),
    ("{orders: {with_event: MeasuresImplemented}}", False),
    ("{orders: {received: false, forwarded: false, at_least: 1}}", True),
    ("{orders: {of: same}}", False),
]


@pytest.mark.parametrize(("needs", "holds"), ORDER_TESTS)
def test_blocks_about_orders(needs, holds):
    rules = with_rule("implement", condition=needs)
    story = registered(rules).told(ORDERED)

    assert refuses(story, "implement", order="A", **HANDLER) is not holds


def test_an_assist_order_belongs_to_the_order_it_names():
    rules = with_rule("feed_back", condition="{orders: {of: same, state: open, at_most: 0}}")
    story = registered(rules).told(
        ORDERED, ("issue_order", {"to": "pearl/bar", "kind": "assist", "of": "A", **HANDLER})
    )

    assert refuses(story, "feed_back", order="A", **HANDLER)
    assert not refuses(story, "feed_back", order="B", by="handler", unit="pearl/bar")


def test_who_passed_an_order_on_is_its_sender():
    rules = with_rule("feed_back", condition="{same: [to, order.sender]}")
    story = registered(rules).told(
        ORDERED, ("forward_order", {"order": "A", "to": "pearl/bar", **HANDLER})
    )

    assert refuses(story, "feed_back", order="A", by="handler", unit="pearl/bar", to="pearl/desk")
    assert not refuses(story, "feed_back", order="A", by="handler", unit="pearl/bar")


REVISIT = "event: RevisitMade"
HISTORY = [
    (f"{{happened: {{{REVISIT}}}}}", True),
    (f"{{happened: {{{REVISIT}, at_least: 4}}}}", False),
    (f"{{happened: {{{REVISIT}, at_most: 0}}}}", False),
    (f"{{happened: {{{REVISIT}, with: {{reached: true}}, at_least: 2, at_most: 2}}}}", True),
    (f"{{happened: {{{REVISIT}, by: manager}}}}", True),
    (f"{{happened: {{{REVISIT}, unit: opal/desk}}}}", True),
    (f"{{happened: {{{REVISIT}, unit_kind: headquarters}}}}", False),
    (f"{{happened: {{{REVISIT}, post: porter}}}}", False),
    (f"{{happened: {{{REVISIT}, with: [comment]}}}}", True),
    (f"{{happened: {{{REVISIT}, since: ComplaintReopened, at_least: 3}}}}", True),
    (f"{{happened: {{{REVISIT}, after: ComplaintReopened}}}}", False),
    (f"{{happened: {{{REVISIT}, after: {{{REVISIT}, with: {{reached: false}}}}}}}}", True),
    (f"{{happened: {{{REVISIT}, after: {{{REVISIT}, by: manager}}}}}}", False),
    (f"{{happened: {{{REVISIT}, after: {{{REVISIT}, which: first}}, at_least: 2}}}}", True),
    (f"{{happened: {{{REVISIT}, after: {{{REVISIT}, which: last}}}}}}", False),
    (f"{{last: {{{REVISIT}, with: {{satisfaction: satisfied}}}}}}", False),
    (f"{{last: {{{REVISIT}, by: manager}}}}", True),
    (f"{{last: {{{REVISIT}, where: {{reached: true}}, with: {{satisfaction: neutral}}}}}}", True),
    (f"{{last: {{{REVISIT}, after: ComplaintReopened}}}}", False),
    (f"{{first: {{{REVISIT}, with: {{satisfaction: satisfied}}}}}}", True),
    (f"{{happened: {{{REVISIT}, same: [event.unit, actor.unit]}}}}", True),
    (f"{{happened: {{{REVISIT}, differs: [event.staff, actor.staff]}}}}", True),
    ("{happened: {event: any, same: [event.unit, {value: group}]}}", False),
    ("{same: [first.RevisitMade.unit, actor.unit]}", True),
    ("{same: [last.RevisitMade.with.satisfaction, {value: neutral}]}", True),
    ("{differs: [actor.staff, last.RevisitMade.staff]}", True),
    ("{differs: [first.ComplaintRegistered.at, last.RevisitMade.at]}", True),
    (f"{{happened: {{{REVISIT}, same: [event.at, first.ComplaintRegistered.at]}}}}", False),
    (f"{{last: {{{REVISIT}, same: [event.at, last.RevisitMade.at]}}}}", True),
]


@pytest.mark.parametrize(("needs", "holds"), HISTORY)
def test_blocks_about_what_happened(needs, holds):
    rules = with_rule("close", condition=needs)
    story = registered(rules).told(
        ("revisit", {"reached": True, "satisfaction": "satisfied"}),
        ("revisit", {"reached": False}),
        (
            "revisit",
            {"reached": True, "satisfaction": "neutral", "by": "manager", "unit": "opal/desk",
             "staff": "s2", "comment": "slow"},
        ),
    )  # fmt: skip

    assert refuses(story, "close") is not holds


def test_events_about_the_same_order():
    rules = with_rule("implement", condition="{happened: {event: PlanProposed, order: same}}")
    story = registered(rules).told(ORDERED, ORDERED, ("propose_plan", {"order": "A"}))

    assert not refuses(story, "implement", order="A")
    assert refuses(story, "implement", order="B")


def test_the_last_event_about_the_same_order():
    rules = with_rule(
        "implement", condition="{last: {event: PlanProposed, order: same, by: agent}}"
    )
    story = registered(rules).told(
        ORDERED, ORDERED,
        ("propose_plan", {"order": "A", "by": "agent"}),
        ("propose_plan", {"order": "B", "by": "manager"}),
    )  # fmt: skip

    assert not refuses(story, "implement", order="A")
    assert refuses(story, "implement", order="B")


def test_events_about_no_order():
    rules = with_rule("close", condition="{happened: {event: PlanProposed, order: none}}")

    assert refuses(registered(rules).told(ORDERED, ("propose_plan", {"order": "A"})), "close")
    assert not refuses(registered(rules).told(ORDERED, ("propose_plan", {})), "close")


def test_the_order_named_by_an_assist_order():
    rules = with_rule("issue_order", condition="{same: [actor.unit, of.holder]}", field="if")
    story = registered(rules).told(ORDERED)

    assert refuses(story, "issue_order", to="opal/bar", kind="assist", of="A", **HANDLER)
    assert not refuses(story, "issue_order", to="opal/bar", kind="assist", of="A", by="handler")


CLOCK_TESTS = [
    ("{clock: {id: answer, state: open}}", 1, True),
    ("{clock: {id: answer, state: missed}}", 1, False),
    ("{clock: {id: answer, state: missed}}", 25, True),
    ("{clock: {id: answer, past_due: false}}", 24, True),
    ("{clock: {id: answer, past_due: true}}", 25, True),
    ("{clock: {id: handle, at_most: 0}}", 1, True),
    ("{elapsed: {event: ComplaintRegistered, at_least: {value: 6, unit: hours}}}", 6, True),
    ("{elapsed: {event: ComplaintRegistered, at_least: {value: 6, unit: hours}}}", 5, False),
    ("{elapsed: {event: ComplaintRegistered, at_least: {parameter: keeping}}}", 47, False),
    ("{elapsed: {event: ComplaintRegistered, less_than: {value: 6, unit: hours}}}", 5, True),
    ("{elapsed: {since: case.arrived_at, at_least: {value: 1, unit: days}}}", 23, True),
    ("{elapsed: {event: ComplaintClosed, at_least: {value: 1, unit: days}}}", 99, False),
    ("{parameter: {strict: true}}", 1, True),
    ("{parameter: {most: {at_most: 2}}}", 1, False),
]


@pytest.mark.parametrize(("needs", "hours", "holds"), CLOCK_TESTS)
def test_blocks_about_time_and_parameters(needs, hours, holds):
    rules = with_rule("answer", condition=needs)
    story = registered(rules, arrived_at=START)

    assert refuses(story, "answer", after=timedelta(hours=hours)) is not holds


def test_the_present_quarter_is_named():
    rules = with_rule("close", condition="{with: {quarter: {current: quarter}}}")

    assert not refuses(registered(rules), "close", quarter="2026Q1")
    assert refuses(registered(rules), "close", quarter="2025Q4")


@pytest.mark.parametrize(("fine", "refused"), [(50, False), (200, False), (201, True), (49, True)])
def test_a_fine_lies_within_its_scale(fine, refused):
    rules = with_rule("sanction", condition="{in_scale: fine}")

    assert refuses(registered(rules), "sanction", sanction="late", fine=fine) is refused


def test_the_named_clock_is_the_one_on_the_steps_order():
    rules = with_rule("request_extension", condition="{clock: {id: named, past_due: false}}")
    story = registered(rules).told(ORDERED)
    later = {"after": timedelta(hours=9)}

    assert refuses(story, "request_extension", clock="handle", order="A", **later)
    assert not refuses(story, "request_extension", clock="answer")
