"""Letters of apology: places are checked, drafts say what is missing, they fit by the case."""

from __future__ import annotations

from pathlib import Path

import pytest

from libs.complaints.apologies import letters_that_fit
from libs.procedures.document import ProcedureError
from libs.procedures.letters import draft
from libs.procedures.schema import load_procedure, parse_procedure
from tests.complaints.story import CLOCKS, HEAD, Story, registered

LETTERS = """
letters:
  - id: sorry
    title: {zh: 致歉, en: Apology}
    source: '1'
    fits: {zh: 晚答复, en: A late answer}
    signed_by: manager
    after: [CustomerAnswered, DeadlineMissed]
    if: {case: {vip: true}}
    fields: {guest: {zh: 客人, en: guest}, event: {zh: 经过, en: event}}
    text: {zh: '尊敬的{guest}：{event}，抱歉。', en: 'Dear {guest}, sorry for {event}.'}
rules: []
"""


def written(old: str = "", new: str = "") -> str:
    assert old in LETTERS
    head = HEAD.replace("  close:\n", "  apologise: {letter: slug}\n  close:\n", 1)
    return head + CLOCKS + LETTERS.replace(old, new, 1)


def story(**data) -> Story:
    return registered(parse_procedure(written().encode(), "house.yaml"), **data)


def fitting(told: Story) -> list[str]:
    found = letters_that_fit(told.case, told.procedure, told.calendar, told.now)
    return [letter.id for letter in found]


def test_a_letter_is_proposed_after_its_event_while_its_condition_holds():
    told = story(vip=True)
    assert fitting(told) == []
    assert fitting(told.told(("answer", {}))) == ["sorry"]
    assert fitting(story(vip=False).told(("answer", {}))) == []


def test_a_letter_that_was_sent_is_not_proposed_again():
    told = story(vip=True).told(("answer", {}), ("apologise", {"letter": "sorry"}))
    assert fitting(told) == []


def test_a_draft_fills_in_what_is_known_and_names_what_is_missing():
    (letter,) = story().procedure.letters

    made = draft(letter, {"guest": " 王女士 ", "unknown": "x"}, "zh-Hans")
    assert made.text == "尊敬的王女士：[经过]，抱歉。"
    assert made.missing == ("event",)
    assert draft(letter, {"guest": "Ms Wang", "event": "noise"}, "en").text == (
        "Dear Ms Wang, sorry for noise."
    )


def test_a_value_is_never_read_as_a_field():
    (letter,) = story().procedure.letters

    made = draft(letter, {"guest": "{event}", "event": "{guest}"}, "en")
    assert made.text == "Dear {event}, sorry for {guest}."


@pytest.mark.parametrize(
    ("old", "new", "field", "reason"),
    [
        ("{event}，抱歉", "{evnet}，抱歉", "letters[0].text.zh", "none of the letter's fields"),
        ("sorry for {event}", "sorry", "letters[0].text.en", "'event' does not occur"),
        ("signed_by: manager", "signed_by: manger", "letters[0].signed_by", "did you mean"),
        ("after: [CustomerAnswered", "after: [Answered", "letters[0].after", "not known"),
        ("case: {vip: true}", "case: {vpi: true}", "letters[0].if.case.vpi", "vip"),
        ("    fits: {zh: 晚答复, en: A late answer}\n", "", "letters[0]", "has no fits"),
    ],
)
def test_a_faulty_letter_is_refused_at_its_place(old, new, field, reason):
    with pytest.raises(ProcedureError) as caught:
        parse_procedure(written(old, new).encode(), "house.yaml")

    assert caught.value.field.startswith(field)
    assert reason in caught.value.reason


def test_a_letter_that_is_sent_must_be_nameable():
    with pytest.raises(ProcedureError, match="letter: slug"):
        parse_procedure((HEAD + CLOCKS + LETTERS).encode(), "house.yaml")


def test_the_eight_shipped_letters_can_be_drafted_in_both_languages():
    letters = load_procedure(Path("procedures/apology-letters.yaml")).letters

    assert [letter.id for letter in letters] == [f"letter-{number}" for number in range(1, 9)]
    for letter in letters:
        for language in ("zh-Hans", "en"):
            values = {name: f"<{name}>" for name in letter.fields}
            made = draft(letter, values, language)
            assert made.missing == ()
            assert all(value in made.text for value in values.values())
