"""Bad input gets a clear answer naming field and reason, and changes nothing."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.services.world import AGENT, CENTRE, TEXT

LONG = "长" * 20_001


def refused(answer, status, code=None):
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    if code is not None:
        assert problem["type"] == f"urn:redress:problem:{code}"
    return problem


def faults(problem):
    return sorted((error["field"], error["code"]) for error in problem["errors"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"with": {"chanel": "hotline"}}, [("with.chanel", "unknown")]),
        ({"with": {"channel": "letter"}}, [("with.channel", "not-term")]),
        ({"with": {"channel": 7}}, [("with.channel", "not-term")]),
        ({"with": {"channel": ["hotline"]}}, [("with.channel", "not-term")]),
        ({"with": {"gravity": "yes"}}, [("with.gravity", "not-flag")]),
        ({"with": {"gravity": 1}}, [("with.gravity", "not-flag")]),
        ({"with": {"received_at": "2026-01-01"}}, [("with.received_at", "not-time")]),
        ({"with": {"received_at": "2026-02-30T00:00:00Z"}}, [("with.received_at", "not-time")]),
        ({"with": {"content": ""}}, [("with.content", "empty")]),
        ({"with": {"content": {"a": 1}}}, [("with.content", "not-string")]),
        ({"with": {"content": LONG}}, [("with.content", "too-long")]),
        ({"with": {"content": "长" * 19_000}}, [("with.content", "too-much-text")]),
        ({"with": {"follows": "a b"}}, [("with.follows", "not-slug")]),
        ({"with": {"follows": "13800138000"}}, [("with.follows", "not-slug")]),
        ({"with": []}, [("with", "not-object")]),
        ({"happened_at": "yesterday"}, [("happened_at", "not-time")]),
        ({"to": "henan/../hebei"}, [("to", "not-unit")]),
        ({"order": "a"}, [("order", "not-order")]),
        ({"procedure": "none"}, [("procedure", "no-such-procedure")]),
        ({"procedure": 7}, [("procedure", "not-string")]),
        # what is the server's to say cannot be said by a client
        ({"status": "closed", "version": 9}, [("status", "unknown"), ("version", "unknown")]),
        ({"recorded_at": "2026-01-01T00:00:00Z"}, [("recorded_at", "unknown")]),
        ({"actor": "s1", "unit": "national"}, [("actor", "unknown"), ("unit", "unknown")]),
        (
            {"x": 1, "with": {"gravity": 2, "y": 3}},
            [("with.gravity", "not-flag"), ("with.y", "unknown"), ("x", "unknown")],
        ),
    ],
)
def test_a_bad_field_is_named(world, body, expected):
    before = world.ask("SELECT count(*) FROM events.events")
    for language in ("zh", "en"):
        headers = world.headers(AGENT, **{"Accept-Language": language})
        problem = refused(world.intake.post("/complaints", json=body, headers=headers), 422)
        assert faults(problem) == sorted(expected)
        assert all(error["reason"] for error in problem["errors"])
    assert world.ask("SELECT count(*) FROM events.events") == before


@pytest.mark.parametrize(
    "content",
    [b'{"with":{"channel":"hotline"},"with":{}}', b'{"with":{"a":NaN}}', b"\xff", b"[]", b"{"],
)
def test_an_unreadable_body_is_refused(world, content):
    headers = {**world.headers(AGENT), "Content-Type": "application/json"}
    refused(world.intake.post("/complaints", content=content, headers=headers), 400, "bad-body")


def test_odd_text_survives_as_it_is(world):
    odd = "𪚥 😀 \u202e <script>alert(1)</script> '; DROP TABLE x;-- =1+1\n第二行"
    complaint = world.register(content=odd)["complaint"]
    assert world.events(complaint) == ["ComplaintRegistered"]


def test_writes_need_an_idempotency_key(world):
    headers = world.headers(AGENT)
    del headers["Idempotency-Key"]
    problem = refused(world.intake.post("/complaints", json={}, headers=headers), 400)
    assert faults(problem) == [("Idempotency-Key", "missing")]


def test_no_answer_repeats_what_was_sent(world):
    secret = "13800138000"
    bodies = [
        {"with": {"channel": secret}},
        {"with": {secret + " x": 1}},
        {"procedure": secret},
        {"happened_at": secret},
    ]
    for body in bodies:
        answer = world.intake.post("/complaints", json=body, headers=world.headers(AGENT))
        assert answer.status_code == 422
        assert secret not in answer.text


@pytest.mark.parametrize(
    "complaint",
    ["x", "s1-" + "0" * 32, "S1-" + "0" * 32, "..", "%2e%2e", "s1-" + "0" * 31 + "%00", "' OR 1=1"],
)
def test_what_is_no_complaint_is_absent(world, complaint):
    answer = world.intake.post(
        f"/complaints/{complaint}/supplement", json={}, headers=world.headers(AGENT)
    )
    assert answer.status_code == 404


def test_an_action_is_offered_by_its_owner_only(world):
    complaint = world.register()["complaint"]
    for client, action in ((world.intake, "close"), (world.dispatch, "supplement")):
        answer = client.post(
            f"/complaints/{complaint}/{action}", json={}, headers=world.headers(CENTRE)
        )
        refused(answer, 404, "absent")
    assert world.dispatch.post("/complaints", json={}).status_code == 404


def test_no_log_line_carries_what_a_customer_said(world, capfd):
    world.register(content=TEXT)
    bad = {"with": {"channel": TEXT}}
    world.intake.post("/complaints", json=bad, headers=world.headers(AGENT))
    printed = capfd.readouterr()
    assert TEXT not in printed.out + printed.err


def test_the_api_is_described_with_types_and_chinese_examples(world):
    for client, own in ((world.intake, "register"), (world.dispatch, "close")):
        document = client.get("/openapi.json").json()
        operations = {
            operation["operationId"]: operation
            for path in document["paths"].values()
            for operation in path.values()
        }
        body = operations[own]["requestBody"]["content"]["application/json"]
        assert body["schema"]["properties"]["with"]["properties"]
        assert operations[own]["responses"].keys() >= {"401", "404", "409", "422"}
        assert any(
            "\u4e00" <= letter <= "\u9fff" for letter in json.dumps(body, ensure_ascii=False)
        )
        assert "Problem" in document["components"]["schemas"]


def test_every_example_of_the_description_is_well_formed(world):
    """An example may be refused by a rule, but never for its shape."""
    complaint = world.register()["complaint"]
    for client in (world.intake, world.dispatch):
        for path, methods in client.get("/openapi.json").json()["paths"].items():
            content = methods.get("post", {}).get("requestBody", {}).get("content", {})
            for described in content.values():
                answer = client.post(
                    path.replace("{complaint}", complaint),
                    json=described["example"],
                    headers=world.headers(CENTRE, str(uuid.uuid4())),
                )
                assert answer.status_code in {200, 201, 409}, (path, answer.text)
