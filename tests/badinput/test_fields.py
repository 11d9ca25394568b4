"""Fields, headers and queries: a bad one is named with its reason, and nothing is changed."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.badinput.unharmed import faults, refused, unharmed
from tests.services.world import AGENT, CENTRE, TEXT

LONG = "长" * 20_001
WIDE = "２０２６"


BAD_FIELDS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
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
    # full-width digits and letters are no digits and letters
    ({"order": "Ａ"}, [("order", "not-order")]),
    ({"to": "henan/net２"}, [("to", "not-unit")]),
    ({"with": {"follows": WIDE}}, [("with.follows", "not-slug")]),
    ({"with": {"level": "ｇeneral"}}, [("with.level", "not-term")]),
    ({"happened_at": f"{WIDE}-01-01T00:00:00Z"}, [("happened_at", "not-time")]),
    # nobody knows these
    ({"with": {"level": "galactic"}}, [("with.level", "not-term")]),
    ({"with": {"procedure_version": "9"}}, [("with.procedure_version", "unknown")]),
    ({"procedure": "small@2"}, [("procedure", "no-such-procedure")]),
    # what is the server's to say cannot be said by a client
    ({"status": "closed", "version": 9}, [("status", "unknown"), ("version", "unknown")]),
    ({"recorded_at": "2026-01-01T00:00:00Z"}, [("recorded_at", "unknown")]),
    ({"actor": "s1", "unit": "national"}, [("actor", "unknown"), ("unit", "unknown")]),
    (
        {"x": 1, "with": {"gravity": 2, "y": 3}},
        [("with.gravity", "not-flag"), ("with.y", "unknown"), ("x", "unknown")],
    ),
]


@pytest.mark.parametrize(("body", "expected"), BAD_FIELDS)
def test_a_bad_field_is_named(world, body, expected):
    with unharmed(world):
        for language in ("zh", "en"):
            headers = world.headers(AGENT, **{"Accept-Language": language})
            problem = refused(world.intake.post("/complaints", json=body, headers=headers), 422)
            assert faults(problem) == sorted(expected)


def test_odd_text_survives_as_it_is(world):
    odd = "𪚥 😀 \u202e <script>alert(1)</script> '; DROP TABLE x;-- =1+1\n第二行"
    complaint = world.register(content=odd)["complaint"]
    assert world.events(complaint) == ["ComplaintRegistered"]


def test_text_in_nfd_is_kept_in_nfc_and_is_the_same_command(world):
    key = str(uuid.uuid4())
    decomposed = world.register(key=key, content="cafe\u0301 宽带")
    assert world.register(key=key, content="caf\u00e9 宽带") == decomposed


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("Idempotency-Key", "", "not-uuid"),
        ("Idempotency-Key", "0190a5a0-0000-7000-8000-00000000000", "not-uuid"),
        ("Idempotency-Key", "0190a5a0-0000-7000-8000-00000000000１", "not-uuid"),
        ("If-Match", "*", "not-version"),
        ("If-Match", '"-1"', "not-version"),
        ("If-Match", "１", "not-version"),
        ("If-Match", "9" * 100, "not-version"),
    ],
)
def test_a_bad_header_is_named(world, complaint, name, value, code):
    path = f"/complaints/{complaint}/supplement"
    headers = {**world.headers(AGENT), name: value.encode()}
    with unharmed(world):
        problem = refused(world.intake.post(path, json={}, headers=headers), 400, "bad-header")
        assert faults(problem) == [(name, code)]


@pytest.mark.parametrize("token", ["x", "a.b.c", "Ａ.b.c", "x" * 9000])
def test_nobody_is_let_in_with_a_bad_token(world, token):
    headers = {**world.headers(AGENT), "Authorization": f"Bearer {token}".encode()}
    with unharmed(world):
        refused(world.intake.post("/complaints", json={}, headers=headers), 401, "unidentified")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [("unit", "missing")]),
        ({"unit": "a b"}, [("unit", "not-unit")]),
        ({"unit": "henan\0"}, [("unit", "control-character")]),
        ({"unit": "ｈenan"}, [("unit", "not-unit")]),
        ({"unit": "henan", "limit": "0"}, [("limit", "out-of-range")]),
        ({"unit": "henan", "limit": "１"}, [("limit", "not-whole")]),
        ({"unit": "henan", "limit": "9" * 5000}, [("limit", "too-big-number")]),
        ({"unit": "henan", "position": "-2"}, [("position", "out-of-range")]),
        ({"unit": "henan", "cursor": "????"}, [("cursor", "not-cursor")]),
        ({"unit": "henan", "cursor": "e30"}, [("cursor", "not-cursor")]),
        ({"unit": "henan", "cursor": "A" * 513}, [("cursor", "too-long")]),
    ],
)
def test_a_bad_query_is_named(world, query, expected):
    headers = {"Authorization": f"Bearer {world.token(CENTRE)}"}
    with unharmed(world):
        answer = world.dispatch.get("/work-list", params=query, headers=headers)
        assert faults(refused(answer, 422, "bad-field")) == expected


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
            for described in (each for each in content.values() if "example" in each):
                answer = client.post(
                    path.replace("{complaint}", complaint),
                    json=described["example"],
                    headers=world.headers(CENTRE, str(uuid.uuid4())),
                )
                assert answer.status_code in {200, 201, 409}, (path, answer.text)
