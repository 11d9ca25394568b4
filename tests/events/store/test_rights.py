"""What each role may do with the stream: just its part, and never a change."""

from __future__ import annotations

import psycopg2
import pytest
from psycopg2 import errors

from libs.events.errors import NotOwner, StoreRefused
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from libs.events.registry import EventType, Registry
from tests.events.store.given import REGISTRY, append, event, new_stream

READERS = ("relay", "intake", "dispatch", "sla", "analytics")
EVERYBODY = (*READERS, "console")
UNSEALERS = {"intake", "dispatch", "analytics"}


@pytest.fixture
def as_role(role_dsn, module_database, shared):
    """Runs one statement as a role, in a transaction of its own."""

    def run(service: str, sql: str):
        connection = psycopg2.connect(role_dsn(f"redress_{service}", module_database))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    return run


@pytest.mark.parametrize("service", EVERYBODY)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events.events SET body = ''",
        "DELETE FROM events.events",
        "TRUNCATE events.events",
        "INSERT INTO events.events SELECT * FROM events.events",
        "UPDATE events.streams SET version = version + 1",
        "DELETE FROM events.streams",
        "DELETE FROM events.commands",
        "UPDATE events.counters SET value = 0",
        "INSERT INTO events.event_types VALUES ('Sent', 'console')",
        "UPDATE events.clock SET simulation = true",
        "UPDATE events.store SET store_id = 'other'",
        "DELETE FROM keys.case_keys",
        "INSERT INTO events.outbox (stream, version) VALUES ('x', 1)",
        "ALTER TABLE events.events DISABLE TRIGGER never_changed",
        "DROP TABLE events.events",
        "CREATE TABLE events.mine ()",
        "SELECT events.declare_simulation(now(), 2)",
        "SELECT events.set_clock(now(), 2)",
    ],
)
def test_no_role_changes_the_store(as_role, service, change):
    with pytest.raises(errors.InsufficientPrivilege):
        as_role(service, change)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events.events SET body = ''",
        "DELETE FROM events.events",
        "TRUNCATE events.events",
        "UPDATE events.commands SET number = '1'",
        "DELETE FROM events.commands",
        "TRUNCATE events.commands CASCADE",
    ],
)
def test_not_even_the_owner_changes_an_event_in_passing(rows, change):
    with pytest.raises(errors.InsufficientPrivilege, match="never changed"):
        rows(change)


@pytest.mark.parametrize("service", EVERYBODY)
def test_who_reads_events_keys_and_counters(as_role, intake, service):
    intake.append_now(append(new_stream(), wrapped_key=b"k"))

    def reads(table: str) -> bool:
        try:
            return bool(as_role(service, f"SELECT * FROM {table} LIMIT 1"))
        except errors.InsufficientPrivilege:
            return False

    assert reads("events.events") is (service in READERS)
    assert reads("events.streams") is (service in READERS)
    assert reads("keys.case_keys") is (service in UNSEALERS)
    assert reads("events.store") is True
    assert reads("events.outbox") is (service == "relay")
    assert reads("events.commands") is False
    assert as_role(service, "SELECT events.now() IS NOT NULL") == [(True,)]


def test_a_service_appends_as_its_role_and_only_what_it_owns(role_dsn, module_database, shared):
    database = Database(role_dsn("redress_dispatch", module_database), application_name="test")
    # As if the program's registry had been tampered with: the database still knows the owners.
    lying = Registry(
        [EventType(name=t.name, services=frozenset({"dispatch", "intake"})) for t in REGISTRY]
    )
    try:
        honest = EventStore(database, service="dispatch", registry=lying)
        stream = new_stream()
        assert (
            honest.append_now(append(stream, 0, event("Sent"), service="dispatch")).last_version
            == 1
        )
        with pytest.raises(NotOwner):
            honest.append_now(append(stream, 1, event("Opened"), service="dispatch"))
        with pytest.raises(NotOwner):
            honest.append_now(
                append(stream, 1, event("Noted"), event("Opened"), service="dispatch")
            )
        posing = EventStore(database, service="intake", registry=lying)
        with pytest.raises(StoreRefused, match="redress_dispatch may not append for intake"):
            posing.append_now(append(stream, 1, event("Noted")))
        assert len(honest.load_now(stream)) == 1
    finally:
        database.close()


@pytest.mark.parametrize("service", ["relay", "console"])
def test_relay_and_console_cannot_call_the_append(role_dsn, module_database, shared, service):
    database = Database(role_dsn(f"redress_{service}", module_database), application_name="test")
    try:
        store = EventStore(database, service="intake", registry=REGISTRY)
        with pytest.raises(StoreRefused, match="permission denied"):
            store.append_now(append(new_stream()))
    finally:
        database.close()
