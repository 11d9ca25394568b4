"""feed-read: the feed decoded for projections, event by event.

The peer is the log of the library `eventsourcing` as it comes, with its own PostgreSQL module, read
in its sections of 10, and not even decoded: `notification_log.select` hands out bytes. Ours is read
as projections read it, in pages of 500, every header decoded. Bodies are the same, 20 a stream.
Shown beside it: a projection that counts events per stream, with its progress, guards and commits.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from eventsourcing.application import Application
from psycopg2.extensions import parse_dsn

from bench.appends import BODY, new_stream
from bench.measurement import Measurement, Round
from bench.place import Place
from bench.rebuild import Complaint
from libs.casework.registry import REGISTRY
from libs.events.envelope import Actor, Append, FeedEvent, NewEvent
from libs.events.postgres.database import Cursor, Database
from libs.events.postgres.feed import read_feed
from libs.events.postgres.projection import ProjectionRunner
from libs.events.postgres.sequencer import Sequencer
from libs.events.postgres.store import EventStore

EVENTS = 20_000
PER_STREAM = 20
PAGE = 500
SECONDS = 2.0


class Counts:
    """The cheapest projection there is: one statement per page."""

    version = 1
    schema = "bench"
    tables = ("counts",)

    def __init__(self) -> None:
        self.name = f"counts-{uuid.uuid4().hex}"

    def apply(self, cursor: Cursor, events: Sequence[FeedEvent]) -> None:
        cursor.execute(
            "INSERT INTO counts SELECT %s, s, count(*) FROM unnest(%s) AS s GROUP BY s"
            " ON CONFLICT (name, stream) DO UPDATE SET events = counts.events + excluded.events",
            (self.name, [each.event.stream for each in events]),
        )


def fill_ours(dsn: str) -> Database:
    database = Database(dsn, application_name="bench")
    store = EventStore(database, service="intake", registry=REGISTRY)
    event = NewEvent(type="DetailsSupplemented", schema=1, body=BODY)
    for _ in range(EVENTS // PER_STREAM):
        store.append_now(
            Append(
                stream=new_stream(),
                expected_version=0,
                command_id=str(uuid.uuid4()),
                command_hash=b"hash",
                service="intake",
                actor=Actor(staff="h-1234", role="handler", unit="henan/centre"),
                events=(event,) * PER_STREAM,
            )
        )
    sequencer = Sequencer(database)
    while sequencer.step():
        pass
    sequencer.release()
    with database.transaction() as cursor:
        cursor.execute("CREATE SCHEMA bench")
        cursor.execute(
            'CREATE TABLE bench.counts (name text, stream text COLLATE "C", events integer,'
            " PRIMARY KEY (name, stream))"
        )
    return database


def fill_peer(dsn: str) -> Application[uuid.UUID]:
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
    for _ in range(EVENTS // PER_STREAM):
        complaint = Complaint(BODY.decode())
        for _ in range(PER_STREAM - 1):
            complaint.supplement(BODY.decode())
        peer.save(complaint)
    return peer


def rate(walk: Callable[[], int]) -> float:
    """Events per second over whole walks from the first event to the last."""
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < SECONDS:
        read = walk()
        assert read == EVENTS
        done += read
    return done / took


@contextmanager
def contest(place: Place) -> Iterator[Mapping[str, Round]]:
    database = fill_ours(place.migrated_database("feed_ours"))
    peer = fill_peer(place.empty_database("feed_peer"))

    def ours() -> int:
        after = -1
        with database.transaction() as cursor:
            while page := read_feed(cursor, after, PAGE):
                after = page[-1].position
        return after + 1

    def theirs() -> int:
        last = 0
        while section := peer.notification_log.select(last + 1, peer.log_section_size):
            last = section[-1].id
        return last

    def projected() -> int:
        runner = ProjectionRunner(database, Counts(), page=PAGE)
        while runner.step():
            pass
        return runner.position() + 1

    try:
        yield {
            "ours": lambda: rate(ours),
            "peer": lambda: rate(theirs),
            "ours, projected": lambda: rate(projected),
        }
    finally:
        peer.close()
        database.close()


MEASUREMENTS = [
    Measurement(
        name="feed-read",
        unit="events/s",
        peer="the library's log in sections of 10, undecoded",
        must=2,
        stretch=4,
        contest=contest,
    )
]
