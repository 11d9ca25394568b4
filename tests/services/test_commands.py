"""Repeats, races and versions: a command has one effect, however often and with whom it is sent."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.services.world import AGENT, CENTRE, HANDLER, NATIONAL


def test_a_registration_sent_ten_times_is_one(world):
    key = str(uuid.uuid4())
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: world.register(key=key), range(10)))
    assert len({answer["complaint"] for answer in answers}) == 1
    assert len({answer["number"] for answer in answers}) == 1
    assert world.events(answers[0]["complaint"]) == ["ComplaintRegistered"]
    assert world.register(key=key.upper()) == answers[0]


def test_a_repeat_returns_the_first_result_though_the_step_would_be_refused_by_now(world):
    complaint = world.register()["complaint"]
    key = str(uuid.uuid4())
    body = {"to": "henan/network", "order": "A"}
    first = world.step(complaint, "issue-order", CENTRE, key, **body)
    world.step(complaint, "receive-order", HANDLER, order="A")
    fresh = world.step(complaint, "issue-order", CENTRE, **body)
    assert fresh.status_code == 409
    repeat = world.step(complaint, "issue-order", CENTRE, key, **body)
    assert repeat.status_code == 200
    assert repeat.json() == first.json()
    stale = world.step(complaint, "issue-order", CENTRE, key, **body, headers={"If-Match": '"1"'})
    assert stale.json() == first.json()


@pytest.mark.parametrize("change", ["body", "action", "subject", "complaint"])
def test_one_key_for_two_requests_is_refused(world, change):
    complaint, other = world.register()["complaint"], world.register()["complaint"]
    key = str(uuid.uuid4())
    asked = {"complaint": complaint, "action": "supplement", "subject": AGENT, "key": key}
    assert world.step(**asked, **{"with": {"content": "一"}}).status_code == 200
    changed = {
        "body": {**asked, "with": {"content": "二"}},
        "action": {**asked, "action": "accept", "with": {"reason": "一"}},
        "subject": {**asked, "subject": CENTRE, "with": {"content": "一"}},
        "complaint": {**asked, "complaint": other, "with": {"content": "一"}},
    }[change]
    refused = world.step(**changed)
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("command-reused")
    assert world.events(complaint) == ["ComplaintRegistered", "DetailsSupplemented"]
    assert world.events(other) == ["ComplaintRegistered"]


def test_the_order_of_keys_in_a_body_does_not_make_another_request(world):
    complaint, key = world.register()["complaint"], str(uuid.uuid4())
    path, headers = f"/complaints/{complaint}/supplement", world.headers(AGENT, key)
    headers["Content-Type"] = "application/json"
    answers = [
        world.intake.post(path, content=content, headers=headers).json()
        for content in (b'{"with":{"content":"a","contact":"b"}}',
                        b'{ "with" : {"contact":"b","content":"a"} }')
    ]  # fmt: skip
    assert answers[0] == answers[1]


def test_if_match_asks_that_nobody_acted_since(world):
    registered = world.register()
    complaint, seen = registered["complaint"], {"If-Match": f'"{registered["version"]}"'}
    world.step(complaint, "issue-order", CENTRE, to="henan/network")
    moved = world.step(complaint, "supplement", AGENT, headers=seen, **{"with": {"content": "x"}})
    assert moved.status_code == 412
    now = {"If-Match": moved.headers["etag"]}
    taken = world.step(complaint, "supplement", AGENT, headers=now, **{"with": {"content": "x"}})
    assert taken.status_code == 200


def test_numbers_have_no_gaps_and_no_doubles(world):
    before = world.register()["number"]
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda _: world.register()["number"], range(40)))
    start = int(before[-6:])
    assert sorted(int(number[-6:]) for number in numbers) == list(range(start + 1, start + 41))
    other = world.register(subject=NATIONAL)["number"]
    assert other.startswith("national-")
