# ruff: noqa: E501 - tables of cases are read line by line
"""Decisions: what is refused in every procedure, what an allowed step leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from libs.complaints.commands import Command, Decision, Refusal
from libs.complaints.decide import decide
from libs.complaints.state import fold, initial
from tests.complaints.story import DAYS, START, Story, procedure, registered, with_rule

PLAIN = procedure()
KITCHEN = {"by": "handler", "unit": "pearl/kitchen"}


def test_nothing_can_be_done_before_registration():
    assert Story(PLAIN).broken_by("answer") == ["not-registered"]


def test_a_complaint_is_registered_once():
    assert registered(PLAIN).broken_by("register") == ["already-registered"]


def test_nothing_can_be_done_after_the_content_is_destroyed():
    story = registered(PLAIN).told(("destroy_archive", {"approved": True}))

    assert story.broken_by("answer") == ["content-destroyed"]


def test_an_unknown_action_is_refused():
    assert registered(PLAIN).broken_by("applaud") == ["unknown-action"]


def test_steps_on_an_order_name_one_that_exists():
    story = registered(PLAIN)

    assert story.broken_by("receive_order") == ["order-required"]
    assert story.broken_by("implement", order="A") == ["unknown-order"]
    assert story.broken_by("issue_order") == ["addressee-required"]


def test_orders_get_the_next_free_letters():
    story = registered(PLAIN).told(
        ("issue_order", {"to": "pearl/bar", "order": "B"}), ("issue_order", {"to": "pearl/bar"})
    )
    for _ in range(25):
        story.told(("issue_order", {"to": "pearl/bar"}))

    letters = [order.id for order in story.case.orders]
    assert letters[:3] == ["B", "A", "C"]
    assert letters[-2:] == ["Z", "AA"]
    assert story.broken_by("issue_order", to="pearl/bar", order="B") == ["order-exists"]


@pytest.mark.parametrize("action", ["receive_order", "forward_order", "return_order", "feed_back"])
def test_only_the_holder_signs_forwards_returns_or_feeds_back_an_order(action):
    story = registered(PLAIN).told(("issue_order", {"to": "pearl/bar"}))
    told = {"order": "A", "to": "pearl/desk"}

    assert story.broken_by(action, unit="pearl/kitchen", **told) == ["order-not-held"]
    assert story.broken_by(action, unit="pearl/bar", **told) == []


def test_a_refused_step_leaves_nothing_and_uses_up_no_letters():
    story = registered(with_rule("issue_order", condition="{by: manager}"))
    before = story.case

    assert story.broken_by("issue_order", to="pearl/bar") == ["r"]
    assert story.case is before
    story.told(("issue_order", {"to": "pearl/bar", "by": "manager"}))
    assert [order.id for order in story.case.orders] == ["A"]


def test_a_refusal_names_every_broken_rule_once_in_both_languages():
    rules = procedure(
        """
rules:
  - {id: one, kind: only, title: {zh: 甲, en: One}, source: '1', parts: [
      {applies: close, needs: {by: manager}},
      {applies: [close, answer], needs: {with: [outcome]}, because: {zh: 乙, en: Two}}]}
  - {id: other, kind: forbid, title: {zh: 丙, en: Three}, source: '2', applies: close, if: {by: centre}}
  - {id: hint, kind: other, title: {zh: 丁, en: Four}, source: '3', applies: close, if: {by: centre},
     guidance: {zh: 提示, en: A hint}}
"""
    )
    refusal = registered(rules).take("close")

    assert isinstance(refusal, Refusal)
    assert [(rule.rule, rule.source, rule.zh, rule.en) for rule in refusal.broken] == [
        ("one", "1", "甲", "One"),
        ("other", "2", "丙", "Three"),
    ]


def test_rules_that_never_refuse_give_advice():
    rules = procedure(
        """
rules:
  - {id: hint, kind: minimum, title: {zh: 丁, en: Four}, source: '3', applies: close,
     needs: {with: [outcome]}, guidance: {zh: 提示, en: A hint}}
"""
    )
    decision = registered(rules).take("close")
    told = registered(rules).take("close", outcome="solved")

    assert isinstance(decision, Decision)
    assert [(hint.rule, hint.en) for hint in decision.advice] == [("hint", "A hint")]
    assert isinstance(told, Decision)
    assert told.advice == ()


def test_free_text_and_unknown_fields_are_sealed():
    decision = Story(PLAIN).take(
        "register", by="agent", content="told", vip=True, nickname="Tom", happened=None
    )

    assert isinstance(decision, Decision)
    (event,) = decision.events
    assert event.seal == {"content", "nickname"}
    assert "happened" not in event.data


def test_standard_words_of_a_free_text_stay_in_clear_for_rules():
    rules = with_rule("decline", condition="{with: {ground: not-ours}}", field="if")
    plain, other = registered(PLAIN).take("decline", ground="not-ours"), registered(rules)

    assert isinstance(plain, Decision)
    assert plain.events[0].seal == frozenset()
    assert isinstance(other.take("decline", ground="not-ours"), Refusal)
    told = other.take("decline", ground="not-ours, as the guest says")
    assert isinstance(told, Decision)
    assert told.events[0].seal == {"ground"}


def test_registration_pins_procedure_and_calendar():
    (event,) = Story(PLAIN).take("register", by="agent").events

    assert event.data["procedure"] == "house"
    assert event.data["procedure_version"] == PLAIN.version
    assert event.data["calendar_version"] == DAYS.version


def test_a_registration_with_the_whole_form_also_classifies():
    rules = procedure(more="classified_by_register: [level, problem]\n")
    whole = Story(rules).take("register", by="agent", level="minor", problem="bill", content="t")
    partial = Story(rules).take("register", by="agent", level="minor")

    assert [event.type for event in whole.events] == ["ComplaintRegistered", "ComplaintClassified"]
    assert whole.events[1].data == {"level": "minor", "problem": "bill"}
    assert [event.type for event in partial.events] == ["ComplaintRegistered"]


def test_kinds_of_units_are_written_into_the_event():
    (event,) = registered(PLAIN).take("report_case", to=("group", "opal/desk", "pearl/bar")).events

    assert (event.unit_kind, event.to_kinds) == ("desk", ("headquarters", "desk"))


def test_a_result_goes_back_to_who_sent_the_order():
    story = registered(PLAIN).told(("issue_order", {"to": "pearl/kitchen"}))
    (event,) = story.take("feed_back", order="A", **KITCHEN).events

    assert event.to == ("pearl/desk",)


@pytest.mark.parametrize("action", ["close", "classify", "archive", "grant_extension"])
def test_what_happens_inside_cannot_claim_an_earlier_time(action):
    broken = registered(PLAIN).broken_by(action, claimed=START)

    assert "claim-not-allowed" in broken


def test_what_happened_outside_may_claim_an_earlier_time_but_none_ahead():
    story = registered(PLAIN)
    now = story.now + timedelta(hours=1)

    assert story.broken_by("answer", claimed=now + timedelta(seconds=61)) == ["happened-ahead"]
    ahead = story.take("answer", claimed=story.now + timedelta(hours=1, seconds=59))
    assert isinstance(ahead, Decision)
    assert story.facts[-1].happened_at == story.now
    born_at = story.facts[0].happened_at
    assert isinstance(story.take("answer", claimed=born_at), Decision)
    before = born_at - timedelta(seconds=1)
    assert story.broken_by("answer", claimed=before) == ["happened-before-registration"]
    assert story.facts[-1].happened_at == born_at


def test_a_number_is_asked_for_once_by_the_event_that_draws_it():
    accepted = procedure(
        more="numbering: {pattern: 'YYMM##', resets: monthly, given_at: ComplaintAccepted}\n"
    )
    story = Story(accepted)

    assert story.take("register", by="agent").number is None
    request = story.take("accept").number
    assert (request.series, request.pattern, request.event_index) == ("house", "YYMM##", 0)
    assert request.timezone == "Asia/Shanghai"


def test_without_a_scheme_each_centre_numbers_for_itself():
    request = Story(PLAIN).take("register", by="agent", unit="pearl/desk").number

    assert (request.series, request.pattern) == ("house/pearl", "pearl-YYMM######")


FILLED = procedure(
    more="""
fills:
  - {at: register, if: {with: {channel: phone}}, set: {vip: false}, source: '1'}
  - {at: [register, supplement], if: {with: {signs: true}}, set: {level: major}, replace: true, source: '1'}
  - {at: [register, classify], set: {promised_at: {due_of: [answer]}}, source: '1'}
""".replace("level: major}, replace", "problem: bill}, replace")
)


def test_values_are_written_in_where_nobody_gave_them():
    assert registered(FILLED, channel="phone").case.attributes["vip"] is False
    assert registered(FILLED, channel="phone", vip=True).case.attributes["vip"] is True
    assert "vip" not in registered(FILLED).case.attributes
    assert registered(FILLED, signs=True, problem="room").case.attributes["problem"] == "bill"


def test_a_promise_is_the_end_of_the_limit_unless_another_was_given():
    story = registered(FILLED)
    given = registered(FILLED, promised_at=START)

    assert story.case.attributes["promised_at"] == story.now + timedelta(hours=24)
    assert given.case.attributes["promised_at"] == START


def test_a_decision_that_rests_on_a_running_limit_holds_until_its_end():
    story = registered(PLAIN)
    due = story.now + timedelta(hours=24)

    decision = story.take("request_extension", clock="answer")
    assert decision.valid_until == due
    assert registered(PLAIN).take("answer").valid_until is None


@pytest.mark.parametrize(
    ("condition", "hours"),
    [
        ("{clock: {id: answer, state: open}}", 24),
        ("{none: [{clock: {id: answer, state: missed}}]}", 24),
        ("{elapsed: {event: ComplaintRegistered, less_than: {value: 6, unit: hours}}}", 6),
        ("{none: [{elapsed: {event: ComplaintRegistered, at_least: {value: 6, unit: hours}}}]}", 6),
    ],
)
def test_an_answer_that_time_will_change_limits_the_decision(condition, hours):
    story = registered(with_rule("answer", condition=condition))
    start = story.now
    decision = story.take("answer")

    assert decision.valid_until is not None
    assert (
        timedelta()
        <= start + timedelta(hours=hours) - decision.valid_until
        <= timedelta(microseconds=1)
    )


def grant(story: Story, **details):
    return story.broken_by("grant_extension", clock="answer", by="manager", **details)


def test_more_time_is_given_by_whom_the_clock_names_before_its_end_up_to_its_cap():
    story = registered(PLAIN)
    start = story.now

    assert grant(story) == ["extension-not-later"]
    assert grant(story, new_due=start + timedelta(hours=24)) == ["extension-not-later"]
    assert grant(story, new_due=start + timedelta(days=3, minutes=1)) == ["extension-beyond-cap"]
    assert story.broken_by(
        "grant_extension", clock="answer", new_due=start + timedelta(days=2)
    ) == ["extension-not-by-you"]
    assert grant(story, new_due=start + timedelta(days=3)) == []
    late = {"new_due": start + timedelta(days=9), "after": timedelta(days=3)}
    assert grant(story, **late) == ["extension-after-due"]


def test_time_is_asked_for_a_running_clock_only():
    story = registered(PLAIN)

    assert story.broken_by("request_extension", clock="handle") == ["no-open-clock"]
    assert story.broken_by("request_extension") == ["no-open-clock"]
    assert story.broken_by("pause_clock", clock="answer") == ["clock-cannot-pause"]


def test_a_rule_may_rest_on_the_clocks_own_extension():
    rules = with_rule("grant_extension", condition="{extension: allowed}")

    assert "r" in registered(rules).broken_by("grant_extension", clock="answer")


def test_deciding_changes_nothing():
    story = registered(PLAIN)
    before = fold(story.facts, PLAIN, DAYS)
    command = Command(
        id="1", action="close", complaint="c", staff="s", role="centre", unit="pearl/desk"
    )
    decide(story.case, command, PLAIN, DAYS, story.now)

    assert story.case == before
    assert initial() == initial()
