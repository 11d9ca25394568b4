# ruff: noqa: E501 - rules are read line by line
"""Rules that are manners of people are shown at the steps they belong to, while these are open."""

from __future__ import annotations

from libs.complaints.guidance import guidance
from tests.complaints.story import Story, procedure, registered

RULES = """
rules:
  - {id: answer-first, kind: require_before, title: {zh: 先答复, en: Answer first}, source: '1',
     applies: [revisit, close], needs: {happened: {event: CustomerAnswered}}}
  - {id: outcome, kind: only, title: {zh: 结果, en: Outcome}, source: '2',
     applies: close, needs: {with: [outcome], by: centre}}
  - {id: never-archived, kind: forbid, title: {zh: 不归档, en: Not archived}, source: '3', applies: archive}
  - {id: friendly, kind: other, title: {zh: 态度, en: Manner}, source: '4', applies: [answer, revisit],
     guidance: {zh: 先致歉, en: Say sorry first}}
  - {id: say-why, kind: other, title: {zh: 说明, en: Reasons}, source: '5', applies: close,
     needs: {with: [reason]}, guidance: {zh: 请写明理由, en: Say why}}
  - {id: rooms, kind: minimum, title: {zh: 客房, en: Rooms}, source: '6', applies: answer,
     if: {case: {rooms: {at_least: 2}}}, guidance: {zh: 逐间答复, en: Answer room by room}}
  - {id: archived-neatly, kind: other, title: {zh: 整齐, en: Neat}, source: '7', applies: archive,
     guidance: {zh: 整齐归档, en: File neatly}}
  - {id: sign, kind: other, title: {zh: 签收, en: Sign}, source: '8', applies: receive_order,
     guidance: {zh: 及时签收, en: Sign soon}}
  - {id: always, kind: other, title: {zh: 宗旨, en: Spirit}, source: '9', guidance: {zh: 客户至上, en: Guests first}}
"""


def advised(story: Story) -> dict[str, tuple[str, ...]]:
    found = guidance(story.case, story.procedure, story.calendar, story.now)
    return {each.rule: each.actions for each in found}


def test_advice_stands_at_the_steps_that_are_open():
    story = registered(procedure(RULES))
    assert advised(story) == {"friendly": ("answer",), "always": ()}

    story.told(("answer", {}))
    assert advised(story) == {
        "friendly": ("answer", "revisit"),
        "say-why": ("close",),
        "always": (),
    }


def test_advice_with_a_condition_waits_until_the_case_fits():
    assert "rooms" not in advised(registered(procedure(RULES), rooms=1))
    assert advised(registered(procedure(RULES), rooms=3))["rooms"] == ("answer",)


def test_advice_about_orders_needs_an_open_order():
    story = registered(procedure(RULES)).told(("issue_order", {"to": "pearl/kitchen"}))
    assert advised(story)["sign"] == ("receive_order",)

    story.told(("return_order", {"order": "A", "unit": "pearl/kitchen", "by": "handler"}))
    assert "sign" not in advised(story)


def test_advice_speaks_both_languages_and_names_its_source():
    story = registered(procedure(RULES))
    friendly = guidance(story.case, story.procedure, story.calendar, story.now)[0]

    assert (friendly.zh, friendly.en) == ("先致歉", "Say sorry first")
    assert (friendly.kind, friendly.source) == ("other", "4")


def test_nothing_is_advised_before_there_is_a_complaint():
    assert advised(Story(procedure(RULES))) == {}
