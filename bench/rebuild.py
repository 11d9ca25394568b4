"""rebuild-1000: a stream of 1,000 events loaded, decoded and folded.

The peer is the library `eventsourcing` as it comes, with its own PostgreSQL module: an aggregate of
1,000 events fetched from its repository. Both folds count events and remember the last text.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg2.extensions import parse_dsn

from bench.appends import BODY, new_stream
from bench.measurement import Measurement, Round
from bench.place import Place
from libs.casework.registry import REGISTRY
from libs.events.envelope import Actor, Append, NewEvent
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore

EVENTS = 1000
SECONDS = 2.0


class Complaint(Aggregate):
    """The peer's aggregate."""

    @event("Registered")
    def __init__(self, body: str) -> None:
        self.count, self.last = 1, body

    @event("Supplemented")
    def supplement(self, body: str) -> None:
        self.count += 1
        self.last = body


def rate(rebuild: Callable[[], int]) -> float:
    """Rebuilds per second, each of them complete."""
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < SECONDS:
        assert rebuild() == EVENTS
        done += 1
    return done / took


def fill_ours(dsn: str) -> tuple[EventStore, str]:
    store = EventStore(Database(dsn, application_name="bench"), service="intake", registry=REGISTRY)
    stream = new_stream()
    event = NewEvent(type="DetailsSupplemented", schema=1, body=BODY)
    for version in range(0, EVENTS, 100):
        store.append_now(
            Append(
                stream=stream,
                expected_version=version,
                command_id=str(uuid.uuid4()),
                command_hash=b"hash",
                service="intake",
                actor=Actor(staff="h-1234", role="handler", unit="henan/centre"),
                events=(event,) * 100,
            )
        )
    return store, stream


def fill_peer(dsn: str) -> tuple[Application[uuid.UUID], uuid.UUID]:
    parts = parse_dsn(dsn)
    peer = Application[uuid.UUID](
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": parts["dbname"],
            "POSTGRES_HOST": parts["host"],
            "POSTGRES_PORT": parts["port"],
            "POSTGRES_USER": parts["user"],
            "POSTGRES_PASSWORD": parts["password"],
        }
    )
    complaint = Complaint(BODY.decode())
    for _ in range(EVENTS - 1):
        complaint.supplement(BODY.decode())
    peer.save(complaint)
    return peer, complaint.id


@contextmanager
def contest(place: Place) -> Iterator[Mapping[str, Round]]:
    store, stream = fill_ours(place.migrated_database("rebuild_ours"))
    peer, complaint = fill_peer(place.empty_database("rebuild_peer"))

    def ours() -> int:
        count, last = 0, None
        for stored in store.load_now(stream):
            body = REGISTRY.read(stored.type, stored.schema, stored.body)
            count, last = count + 1, body["salt"]
        assert last is not None
        return count

    def theirs() -> int:
        found: Complaint = peer.repository.get(complaint)
        return found.count

    try:
        yield {"ours": lambda: rate(ours), "peer": lambda: rate(theirs)}
    finally:
        peer.close()


MEASUREMENTS = [
    Measurement(
        name="rebuild-1000",
        unit="rebuilds/s",
        peer="eventsourcing with its own PostgreSQL module",
        must=4,
        stretch=10,
        contest=contest,
    )
]
