"""Types, owners, and old versions that read as the new."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from libs.events.errors import NotOwner, UnknownEvent
from libs.events.postgres.types import install_types
from libs.events.registry import EventType, Registry

GOLDEN = Path(__file__).parents[2] / "golden" / "test.Moved"


def _split_name(body):
    province, _, unit = body["to"].partition("/")
    return {"to_province": province, "to_unit": unit}


def _name_reason(body):
    return {**body, "reason": "unstated"}


MOVED = EventType(
    name="test.Moved", services=frozenset({"intake", "sla"}), steps=(_split_name, _name_reason)
)
REGISTRY = Registry([MOVED])


def test_the_current_version_is_one_more_than_the_steps():
    assert MOVED.schema == 3


@pytest.mark.parametrize("schema", [1, 2, 3])
def test_every_version_ever_written_reads_as_the_current_one(schema):
    stored = (GOLDEN / f"v{schema}.json").read_bytes()
    expected = json.loads((GOLDEN / f"v{schema}.reads-as.json").read_text(encoding="utf-8"))
    assert REGISTRY.read("test.Moved", schema, stored) == expected


@pytest.mark.parametrize(("name", "schema"), [("test.Moved", 4), ("test.Moved", 0), ("Other", 1)])
def test_reading_fails_closed(name, schema):
    with pytest.raises(UnknownEvent):
        REGISTRY.read(name, schema, b"{}")


def test_writing_needs_an_owner_and_the_current_version():
    REGISTRY.require_owner("sla", "test.Moved", 3)
    with pytest.raises(NotOwner):
        REGISTRY.require_owner("dispatch", "test.Moved", 3)
    with pytest.raises(UnknownEvent):
        REGISTRY.require_owner("sla", "test.Moved", 2)


def test_a_type_is_registered_once_and_has_an_owner():
    with pytest.raises(ValueError, match="twice"):
        Registry([MOVED, MOVED])
    with pytest.raises(ValueError, match="no owner"):
        Registry([EventType(name="X", services=frozenset())])


def test_the_database_says_what_the_registry_says(fresh):
    def owners():
        with fresh.transaction() as cursor:
            cursor.execute("SELECT type, service FROM events.event_types")
            return set(cursor.fetchall())

    for _ in range(2):
        with fresh.transaction() as cursor:
            install_types(cursor, REGISTRY)
        assert owners() == {("test.Moved", "intake"), ("test.Moved", "sla")}
    with fresh.transaction() as cursor:
        install_types(cursor, Registry([EventType(name="B", services=frozenset({"sla"}))]))
    assert owners() == {("B", "sla")}
