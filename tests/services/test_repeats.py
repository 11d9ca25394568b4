"""Repeats: proposed while registering, linked and unlinked, counted as the procedure says."""

from __future__ import annotations

import time

import pytest

from libs.access.identity import Subject
from libs.casework.folding import KnownCase
from libs.casework.regulations import Pinned
from services.analytics.closures import closure_of
from tests.complaints.story import DAYS, procedure, registered
from tests.services.world import AGENT, CENTRE, NATIONAL, World

ELSEWHERE = Subject(staff="s-x", role="agent", unit="jilin/hotline")
NUMBERS = iter(range(13800000000, 13899999999))


@pytest.fixture
def number() -> str:
    """Of a customer whom nobody has had before."""
    return str(next(NUMBERS))


def look_up(world: World, subject: Subject, **told):
    answer = world.intake.post(
        "/repeats", json={"procedure": "small", "with": told}, headers=world.headers(subject)
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["repeats"]


def found_in_time(world: World, complaint: str, **told):
    """The look-up, once the feed has brought the complaint to it."""
    by = time.monotonic() + 20
    while time.monotonic() < by:
        found = look_up(world, NATIONAL, **told)
        if complaint in [each["complaint"] for each in found]:
            return found
        time.sleep(0.02)
    raise AssertionError("it was never found")


def test_an_earlier_complaint_of_the_customer_is_found_before_registering(world, number):
    earlier = world.register(contact=number, category="billing")
    written = f"王女士 {number[:3]}-{number[3:7]} {number[7:]}"
    found = found_in_time(world, earlier["complaint"], contact=written, category="billing")
    assert found == [
        {
            "complaint": earlier["complaint"],
            "number": earlier["number"],
            "registered_at": found[0]["registered_at"],
            "status": "open",
            "procedure": "small",
            "same_matter": True,
            "linked": False,
        }
    ]
    (other,) = look_up(world, NATIONAL, contact=number, category="network-quality")
    assert other["same_matter"] is False
    assert look_up(world, NATIONAL, contact="王女士", category="billing") == []


def test_the_answer_of_a_registration_proposes_it(world, number):
    earlier = world.register(contact=number, category="billing")
    assert earlier["repeats"] == []
    found_in_time(world, earlier["complaint"], contact=number)
    key = "7b1c7a52-6a0c-4a0c-9f39-0d7c6d1f0a01"
    now = world.register(contact=number, category="billing", key=key)
    assert [each["complaint"] for each in now["repeats"]] == [earlier["complaint"]]
    # Sent again, it still proposes the earlier one, and never itself.
    found_in_time(world, now["complaint"], contact=number)
    again = world.register(contact=number, category="billing", key=key)
    assert again["complaint"] == now["complaint"]
    assert [each["complaint"] for each in again["repeats"]] == [earlier["complaint"]]


def test_only_what_one_may_see_is_proposed(world, number):
    earlier = world.register(contact=number)
    found_in_time(world, earlier["complaint"], contact=number)
    assert look_up(world, ELSEWHERE, contact=number) == []
    path = f"/complaints/{earlier['complaint']}/repeats"
    assert world.intake.get(path, headers=world.headers(ELSEWHERE)).status_code == 404
    assert world.intake.get(path, headers=world.headers(AGENT)).json() == {"repeats": []}


def test_no_number_is_stored_in_clear(world, number):
    earlier = world.register(contact=number)
    found_in_time(world, earlier["complaint"], contact=number)
    rows = world.ask("SELECT t::text FROM intake.search_tokens t")
    assert rows
    assert not any(number in row for (row,) in rows)
    assert (
        world.ask("SELECT 1 FROM events.events WHERE position(%s::bytea IN body) > 0", number) == []
    )


def test_a_link_is_made_and_taken_back(world, number):
    earlier = world.register(contact=number)["complaint"]
    later = world.register(contact=number)["complaint"]
    refused = world.step(later, "unlink-repeat", CENTRE)
    assert [rule["rule"] for rule in refused.json()["broken"]] == ["not-linked"]
    assert world.step(later, "link-repeat", AGENT, **{"with": {"earlier": earlier}}).is_success
    candidate = [e for e in found_in_time(world, later, contact=number) if e["complaint"] == later]
    assert candidate[0]["linked"] is True
    told = {"reason": "并非同一事项"}
    assert world.step(later, "unlink-repeat", CENTRE, **{"with": told}).is_success
    assert world.events(later)[-2:] == ["RepeatLinked", "RepeatUnlinked"]
    candidate = [e for e in found_in_time(world, later, contact=number) if e["complaint"] == later]
    assert candidate[0]["linked"] is False


def test_a_destroyed_archive_is_found_no_more(world, number):
    complaint = world.register(contact=number)["complaint"]
    found_in_time(world, complaint, contact=number)
    for action, told in (
        ("answer", {"text": "已答复"}),
        ("close", {"outcome": "solved"}),
        ("archive", {}),
        ("destroy-archive", {"approved": True}),
    ):
        done = world.step(complaint, action, CENTRE, **{"with": told})
        assert done.is_success, done.text
    by = time.monotonic() + 20
    while look_up(world, NATIONAL, contact=number):
        assert time.monotonic() < by
        time.sleep(0.02)
    rows = world.ask(
        "SELECT 1 FROM intake.search_tokens WHERE stream = %s", f"complaint/{complaint}"
    )
    assert rows == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"procedure": "small", "with": {"contact": 1}}, "with.contact"),
        ({"procedure": "small"}, "with"),
        ({"procedure": "none-such", "with": {"contact": "13800000000"}}, "procedure"),
        ({"with": {"contact": "13800000000"}}, "procedure"),
    ],
)
def test_a_look_up_that_says_nothing_names_its_fault(world, body, field):
    answer = world.intake.post("/repeats", json=body, headers=world.headers(AGENT))
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def known_of(story) -> KnownCase:
    return KnownCase(
        stream="complaint/s1-0",
        version=story.case.version,
        acted=story.case.version,
        case=story.case,
        pinned=Pinned(procedure=story.procedure, calendar=DAYS, calendar_version=DAYS.version),
        registered_by="pearl/desk",
        units=frozenset({"pearl/desk"}),
    )


@pytest.mark.parametrize(("counted", "expected"), [("once", False), ("each", True)])
def test_a_linked_repeat_counts_as_the_procedure_says(counted, expected):
    story = registered(procedure(more=f"repeats: {{counted: {counted}}}\n"))
    assert closure_of(known_of(story)).limit_at is not None
    story.told(("link_repeat", {"earlier": "s1-0192"}))
    assert (closure_of(known_of(story)).limit_at is not None) is expected
    story.told(("unlink_repeat", {}))
    assert closure_of(known_of(story)).limit_at is not None


def test_a_procedure_says_what_is_the_same_matter_and_for_how_long():
    told = "repeats: {same: [problem, house], within: {value: 7, unit: days}, counted: once}\n"
    repeats = procedure(more=told).repeats
    assert repeats.same == ("problem", "house")
    assert repeats.within.days == 7
    assert procedure().repeats.within.days == 30


@pytest.mark.parametrize(
    "told", ["{same: [content]}", "{within: {value: 0, unit: days}}", "{counted: twice}"]
)
def test_a_section_that_says_something_else_is_refused(told):
    with pytest.raises(Exception, match="repeats"):
        procedure(more=f"repeats: {told}\n")
