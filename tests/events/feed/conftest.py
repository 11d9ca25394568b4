"""A store to append to, and a projection whose every effect can be counted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence

import psycopg2
import pytest

from libs.events import canonical, envelope
from libs.events.envelope import FeedEvent
from libs.events.errors import StreamBusy, VersionConflict
from libs.events.postgres.database import Database
from libs.events.postgres.feed import read_feed
from libs.events.postgres.sequencer import Sequencer
from libs.events.postgres.store import EventStore
from libs.events.postgres.types import install_types
from libs.events.registry import EventType, Registry

Append = Callable[..., int]
REGISTRY = Registry([EventType(name="Noted", services=frozenset({"intake"}))])


class Notes:
    """Writes every note it is given; a double effect is a double row."""

    version = 1
    schema = "reading"
    tables = ("notes", "totals")

    def __init__(self, name: str = "notes") -> None:
        self.name = name
        self.poison: Callable[[FeedEvent], Exception | None] = lambda _event: None

    def apply(self, cursor, events: Sequence[FeedEvent]) -> None:
        for each in events:
            cursor.execute(
                "INSERT INTO notes VALUES (%s, %s, %s, %s)",
                (self.name, each.event.stream, each.event.version, each.event.body.decode()),
            )
            cursor.execute(
                "INSERT INTO totals VALUES (%s, %s, 1) ON CONFLICT (projection, stream)"
                " DO UPDATE SET notes = totals.notes + 1",
                (self.name, each.event.stream),
            )
            # After the effect, so that a failure has something to undo.
            error = self.poison(each)
            if error is not None:
                raise error


def prepare(dsn: str) -> None:
    """The tables of Notes and the type of its events, made by the owner."""
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE SCHEMA reading;"
            "CREATE TABLE reading.notes (projection text, stream text, version int, note text);"
            "CREATE TABLE reading.totals (projection text, stream text, notes int,"
            " PRIMARY KEY (projection, stream));"
            "GRANT USAGE ON SCHEMA reading TO redress_analytics;"
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA reading"
            " TO redress_analytics"
        )
        install_types(cursor, REGISTRY)
    connection.close()


@pytest.fixture
def store(fresh_database: str) -> str:
    """Address of a fresh store with the tables of Notes, as its owner."""
    prepare(fresh_database)
    return fresh_database


@pytest.fixture
def open_database() -> Iterator[Callable[[str], Database]]:
    """Opens databases and closes them after the test."""
    opened = []

    def open_(dsn: str) -> Database:
        opened.append(Database(dsn, application_name="test", max_connections=12))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


@pytest.fixture
def database(store: str, role_dsn, open_database) -> Database:
    """The store as the service that reads it."""
    return open_database(role_dsn("redress_analytics", store))


@pytest.fixture
def writer(store: str, role_dsn, open_database) -> Database:
    """The store as the service that writes it."""
    return open_database(role_dsn("redress_intake", store))


@pytest.fixture
def relay_database(store: str, role_dsn, open_database) -> Database:
    """The store as the relay."""
    return open_database(role_dsn("redress_relay", store))


@pytest.fixture
def append_in(writer: Database) -> Append:
    """Appends one event per note in a transaction; the last version, or 0 if another was first."""
    store = EventStore(writer, service="intake", registry=REGISTRY)

    def append_(cursor, stream: str, expected: int, *notes: str) -> int:
        try:
            appended = store.append_in(
                cursor,
                envelope.Append(
                    stream=stream,
                    expected_version=expected,
                    command_id=str(uuid.uuid4()),
                    command_hash=b"hash",
                    service="intake",
                    actor=envelope.Actor(staff="h-1", role="agent", unit="henan"),
                    events=tuple(
                        envelope.NewEvent(
                            type="Noted", schema=1, body=canonical.encode({"note": note})
                        )
                        for note in notes
                    ),
                ),
            )
        except (VersionConflict, StreamBusy):
            return 0
        return appended.last_version

    return append_


@pytest.fixture
def append(writer: Database, append_in: Append) -> Append:
    """The same in a transaction of its own."""

    def append_(stream: str, expected: int, *notes: str) -> int:
        with writer.transaction() as cursor:
            return append_in(cursor, stream, expected, *notes)

    return append_


@pytest.fixture
def sequence(relay_database: Database) -> Iterator[Callable[[], None]]:
    """Gives all committed events their place."""
    sequencer = Sequencer(relay_database)

    def drain() -> None:
        while sequencer.step():
            pass

    yield drain
    sequencer.release()


@pytest.fixture
def feed(database: Database) -> Callable[[], list[FeedEvent]]:
    """The whole feed."""

    def read() -> list[FeedEvent]:
        with database.transaction() as cursor:
            return read_feed(cursor, -1, 100_000)

    return read


@pytest.fixture
def notes(store: str) -> Callable[..., list[tuple[str, int]]]:
    """Every effect in the live tables of a projection: (stream, version), sorted, with doubles."""

    def read(name: str = "notes", schema: str = "reading") -> list[tuple[str, int]]:
        with psycopg2.connect(store) as connection, connection.cursor() as cursor:
            cursor.execute(
                f"SELECT stream, version FROM {schema}.notes WHERE projection = %s ORDER BY 1, 2",
                (name,),
            )
            rows = cursor.fetchall()
        connection.close()
        return rows

    return read


@pytest.fixture
def projection() -> Notes:
    """A projection that nothing is wrong with yet."""
    return Notes()
