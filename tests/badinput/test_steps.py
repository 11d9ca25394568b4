"""Steps that are well formed but cannot be: wrong times, unknown things, what others did first."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.badinput.unharmed import broken, faults, refused, unharmed
from tests.services.world import AGENT, CENTRE, HANDLER, World

NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("claimed", "code"),
    [
        ("2026-03-02T09:00:00", "not-time"),
        ("2026-03-02", "not-time"),
        ("2026-02-30T00:00:00Z", "not-time"),
        ("1767225600", "not-time"),
        ("9999-12-31T23:59:59Z", "time-out-of-range"),
        ("9999-12-31T23:59:59-23:59", "time-out-of-range"),
        ("0001-01-01T00:00:00+23:59", "time-out-of-range"),
        ("1899-12-31T23:59:59Z", "time-out-of-range"),
    ],
)
@pytest.mark.parametrize("field", ["happened_at", "with.received_at"])
def test_a_time_that_is_none(world: World, field: str, claimed: str, code: str):
    told = {"channel": "hotline"}
    body = {"with": told, "happened_at": claimed}
    if field != "happened_at":
        body = {"with": {**told, "received_at": claimed}}
    with unharmed(world):
        answer = world.intake.post("/complaints", json=body, headers=world.headers(AGENT))
        assert faults(refused(answer, 422, "bad-field")) == [(field, code)]


@pytest.mark.parametrize(
    ("claimed", "rule"),
    [
        (NOW + timedelta(hours=1), "happened-ahead"),
        (datetime(2199, 1, 1, tzinfo=UTC), "happened-ahead"),
        (NOW - timedelta(days=365), "happened-before-registration"),
    ],
)
def test_a_step_that_cannot_have_happened_then(world, complaint, claimed, rule):
    body = {"happened_at": claimed.isoformat(), "with": {"content": "补充"}}
    with unharmed(world):
        answer = world.step(complaint, "supplement", AGENT, **body)
        assert broken(refused(answer, 409, "refused")) == [rule]


def test_a_time_cannot_be_claimed_for_what_happens_when_it_is_recorded(world, complaint):
    with unharmed(world):
        body = {"order": "A", "happened_at": NOW.isoformat()}
        answer = world.step(complaint, "receive-order", HANDLER, **body)
        assert broken(refused(answer, 409, "refused")) == ["claim-not-allowed"]


@pytest.mark.parametrize(
    ("action", "subject", "body", "rule"),
    [
        ("issue-order", CENTRE, {}, "addressee-required"),
        ("issue-order", CENTRE, {"to": "henan/a/b/c"}, "unknown-unit"),
        ("forward-order", HANDLER, {"order": "A", "to": "henan/a/b/c"}, "unknown-unit"),
        ("issue-order", CENTRE, {"to": "henan/network", "order": "A"}, "order-exists"),
        ("receive-order", HANDLER, {}, "order-required"),
        ("receive-order", HANDLER, {"order": "ZZZ"}, "unknown-order"),
    ],
)
def test_a_step_about_what_is_not_there(world, complaint, action, subject, body, rule):
    with unharmed(world):
        answer = world.step(complaint, action, subject, **body)
        assert broken(refused(answer, 409, "refused")) == [rule]


def test_a_step_on_a_version_that_others_have_left_behind(world):
    registered = world.register()
    complaint, seen = registered["complaint"], f'"{registered["version"]}"'
    assert world.step(complaint, "supplement", AGENT, **{"with": {"content": "一"}}).is_success
    with unharmed(world):
        answer = world.step(
            complaint,
            "supplement",
            AGENT,
            headers={"If-Match": seen},
            **{"with": {"content": "二"}},
        )
        refused(answer, 412, "version-moved")
        assert answer.headers["etag"] == '"2"'


def test_a_command_id_with_another_body(world, complaint):
    key = str(uuid.uuid4())
    assert world.step(complaint, "supplement", AGENT, key, **{"with": {"content": "一"}}).is_success
    with unharmed(world):
        answer = world.step(complaint, "supplement", AGENT, key, **{"with": {"content": "二"}})
        refused(answer, 422, "command-reused")


def test_fifty_at_once_on_one_complaint(world):
    """Each is stored once and answered so, or told that others were first and stored not at all."""
    complaint = world.register()["complaint"]
    keys = [str(uuid.uuid4()) for _ in range(50)]

    def send(key: str) -> int:
        return world.step(
            complaint, "supplement", AGENT, key, **{"with": {"content": key}}
        ).status_code

    with ThreadPoolExecutor(50) as threads:
        first = dict(zip(keys, threads.map(send, keys), strict=True))
    assert set(first.values()) <= {200, 409}
    done = [key for key, status in first.items() if status == 200]
    known = world.ask(
        "SELECT command_id FROM events.commands WHERE stream = %s AND first_version > 1",
        f"complaint/{complaint}",
    )
    assert sorted(row[0] for row in known) == sorted(done)
    while left := [key for key in keys if first[key] != 200]:
        first |= {key: send(key) for key in left}
    versions = world.ask(
        "SELECT version FROM events.events WHERE stream = %s ORDER BY version",
        f"complaint/{complaint}",
    )
    assert [row[0] for row in versions] == list(range(1, 52))


def test_the_last_number_of_a_period_is_followed_by_a_longer_one(world):
    """A period has no last number: a complaint is never refused for want of one, nor doubled."""
    before = world.register()["number"]
    world.tell("UPDATE events.counters SET value = 999998")
    numbers = [world.register()["number"] for _ in range(3)]
    assert numbers == [before[:-6] + last for last in ("999999", "1000000", "1000001")]
