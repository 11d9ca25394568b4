"""A complaint's life through the real services: registered, ordered, answered, closed."""

from __future__ import annotations

import time

from tests.services.world import AGENT, CENTRE, HANDLER, TEXT


def test_a_complaint_lives_from_registration_to_closing(world):
    registered = world.register(level="provincial", customer_tier="vip")
    complaint = registered["complaint"]
    assert registered["number"].startswith("henan-")
    assert registered["version"] == len(registered["events"])
    assert registered["events"][0] == {"type": "ComplaintRegistered", "version": 1}

    ordered = world.step(complaint, "issue-order", CENTRE, to="henan/network")
    assert ordered.status_code == 200
    assert ordered.json()["order"] == "A"
    for action, subject, body in (
        ("receive-order", HANDLER, {"order": "A"}),
        ("feed-back", HANDLER, {"order": "A", "with": {"text": "已修复"}}),
        ("answer", CENTRE, {"with": {"text": "故障已排除"}}),
        ("close", CENTRE, {"with": {"outcome": "solved"}}),
    ):
        answer = world.step(complaint, action, subject, **body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["number"] == registered["number"]
    assert world.events(complaint) == [
        "ComplaintRegistered", "OrderIssued", "OrderReceived", "OrderFedBack",
        "CustomerAnswered", "ComplaintClosed",
    ]  # fmt: skip


def test_a_refusal_names_every_rule_in_both_languages_and_leaves_nothing(world):
    complaint = world.register()["complaint"]
    refused = world.step(complaint, "close", AGENT)
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    broken = refused.json()["broken"]
    assert [rule["rule"] for rule in broken] == ["answer-then-close", "close-by", "outcome-named"]
    assert all(rule["zh"] and rule["en"] and rule["source"] for rule in broken)
    assert world.events(complaint) == ["ComplaintRegistered"]


def test_orders_get_the_next_letters(world):
    complaint = world.register()["complaint"]
    letters = [
        world.step(complaint, "issue-order", CENTRE, to="henan/network").json()["order"]
        for _ in range(3)
    ]
    assert letters == ["A", "B", "C"]


def test_a_claimed_time_is_kept_and_one_ahead_is_refused(world):
    body = {"with": {"channel": "hotline"}, "happened_at": "2026-01-05T09:00:00+08:00"}
    answer = world.intake.post("/complaints", json=body, headers=world.headers(AGENT))
    stream = f"complaint/{answer.json()['complaint']}"
    rows = world.ask("SELECT happened_at::text FROM events.events WHERE stream = %s", stream)
    assert rows[0][0].startswith("2026-01-05 0")
    body["happened_at"] = "2199-01-01T00:00:00Z"
    refused = world.intake.post("/complaints", json=body, headers=world.headers(AGENT))
    assert refused.status_code == 409
    assert refused.json()["broken"][0]["rule"] == "happened-ahead"


def test_free_text_is_nowhere_in_the_clear(world):
    complaint = world.register(demand="退费并道歉")["complaint"]
    world.step(complaint, "supplement", AGENT, **{"with": {"content": TEXT}})
    listed(world, "henan/hotline", complaint)
    tables = world.ask(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname IN ('events', 'keys', 'dispatch', 'intake')"
    )
    assert tables
    for (table,) in tables:
        for secret in (TEXT, "退费并道歉", "王女士"):
            for told in (secret, secret.encode().hex(), str(ascii(secret))[1:-1]):
                # Bytes are shown as hex, JSON text as it stands.
                found = world.ask(
                    f"SELECT count(*) FROM {table} AS t WHERE position(%s IN t::text) > 0", told
                )
                assert found == [(0,)], table


def listed(world, unit, complaint, subject=CENTRE, **asked):
    """The list of `unit` once `complaint` is in it."""
    for _ in range(500):
        answer = world.dispatch.get(
            "/work-list",
            params={"unit": unit, "limit": 200, **asked},
            headers=world.headers(subject),
        )
        assert answer.status_code == 200, answer.text
        page = answer.json()
        if any(item["complaint"] == complaint for item in page["items"]):
            return page
        time.sleep(0.02)
    raise AssertionError("never listed")
