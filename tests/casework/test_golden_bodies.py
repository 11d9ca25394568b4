"""Every body ever written reads for ever: one golden file per event type and schema version.

`vN.json` is a body as it was stored in version N, `vN.reads-as.json` what today's readers make of
it. Files are added with a new version and never changed.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from libs.casework.bodies import acting, read_body
from libs.casework.registry import REGISTRY
from libs.events.envelope import Actor, StoredEvent

GOLDEN = Path(__file__).parents[1] / "golden"
VERSIONS = [(each.name, schema) for each in REGISTRY for schema in range(1, each.schema + 1)]


def stored(name: str, schema: int) -> StoredEvent:
    at = datetime(2026, 11, 21, 9, tzinfo=UTC)
    return StoredEvent(
        stream="complaint/s1-01a200a8172378f9b5c730b974b808a6",
        version=1,
        type=name,
        schema=schema,
        happened_at=at,
        recorded_at=at,
        actor=Actor(staff="s-1", role="agent", unit="henan/hotline"),
        service="intake",
        command_id="c-1",
        number=None,
        header=b"{}",
        body=(GOLDEN / name / f"v{schema}.json").read_bytes(),
        hash=b"",
    )


@pytest.mark.parametrize(("name", "schema"), VERSIONS)
def test_a_body_reads_as_it_always_did(name: str, schema: int) -> None:
    expected = json.loads((GOLDEN / name / f"v{schema}.reads-as.json").read_text(encoding="utf-8"))
    assert json.loads(msgspec.json.encode(read_body(stored(name, schema)))) == expected


def test_a_body_from_an_old_ledger_reads_as_it_always_did() -> None:
    folder = GOLDEN / "ComplaintRegistered"
    event = msgspec.structs.replace(
        stored("ComplaintRegistered", 1),
        body=(folder / "v1.imported.json").read_bytes(),
        service="import",
        actor=Actor(staff="import", role="system", unit="henan/hotline"),
    )
    body = read_body(event)
    expected = json.loads((folder / "v1.imported.reads-as.json").read_text(encoding="utf-8"))
    assert json.loads(msgspec.json.encode(body)) == expected
    assert acting(event, body) == Actor(staff="import", role="agent", unit="henan/hotline")
