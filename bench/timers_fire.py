"""timers-fire: due clocks fired, each with its event in the same transaction, 1 M rows open.

Ours is the product's own watchdog in two processes. Rungs that come up were judged ahead on their
streams of five events, as always while nothing is due; at their time each row is claimed, its
event appended at the version judged, chained and queued for the feed, the rung recorded and the row
moved. Shown beside it: how fast rungs are judged ahead, and `cold`, firing without anything judged
ahead, as after an outage: every stream is read and folded between claim and append.

The peer is the limit: a bare claim in the same server, batches of 1,000 due rows of 1 M found by
index, marked and committed by one worker, with nothing else done.
"""

from __future__ import annotations

import multiprocessing
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from bench.measurement import Measurement, Round
from bench.place import Place
from libs.casework.bodies import sealed_body
from libs.casework.identifiers import new_complaint, stream_of
from libs.casework.registry import REGISTRY
from libs.casework.regulations import Regulations
from libs.complaints.commands import ProposedEvent
from libs.events.envelope import Actor, Append, NewEvent
from libs.events.postgres.database import Database
from libs.events.postgres.simulation import make_simulation, read_clock, step_to
from libs.events.postgres.store import EventStore
from services.sla.folding import CaseFolder
from services.sla.preparing import Preparer
from services.sla.watchdog import Watchdog

OPEN = 1_000_000
DUE = 5_000
DUE_COLD = 2_000
WORKERS = 2
CLAIM = 1_000
CLAIMED = 60_000
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
# The procedure's 48 hours for an answer, and nine tenths of them.
DUE_AFTER, WARNED_AFTER = 48 * HOUR, timedelta(hours=43, minutes=12)
STILL = 1e-12
CENTRE = Actor(staff="h-1", role="centre", unit="henan/centre")
PROCEDURES = Path(__file__).parents[1] / "procedures"
SQL = {path.stem: path.read_text() for path in (Path(__file__).parent / "sql").glob("*.sql")}


def life() -> list[tuple[str, ProposedEvent]]:
    """The events of a complaint whose answer is still awaited, and who writes them."""
    pinned = Regulations(PROCEDURES).current("telecom-complaint")
    pins = {
        "procedure": pinned.procedure.id,
        "procedure_version": pinned.procedure.version,
        "calendar_version": pinned.calendar.version,
    }
    form = {"level": "provincial", "category": "network-quality"}
    who = {"channel": "hotline", "customer_tier": "ordinary"}
    return [
        ("intake", ProposedEvent(type="ComplaintRegistered", data={**pins, **form, **who})),
        ("dispatch", ProposedEvent(type="ComplaintClassified", data={**form})),
        ("dispatch", ProposedEvent(type="OrderIssued", order="A", to=("henan/network",))),
        ("dispatch", ProposedEvent(type="OrderReceived", order="A")),
        ("dispatch", ProposedEvent(type="OrderFedBack", order="A", to=("henan/centre",))),
    ]


def serve(dsn: str, orders: Connection) -> None:
    """One replica: at each word it prepares or fires until nothing more is to do."""
    database = Database(dsn, application_name="bench-replica")
    store = EventStore(database, service="sla", registry=REGISTRY)
    folder = CaseFolder(store, Regulations(PROCEDURES))
    steps = {
        "fire": Watchdog(database, store, folder).step,
        "prepare": Preparer(database, folder).step,
    }
    orders.send("ready")
    while word := orders.recv():
        folder.forget_all()
        total = 0
        while count := steps[word]():
            total += count
        orders.send(total)


class Enterprise:
    """A simulation with OPEN rows far ahead, and replicas of the watchdog."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        make_simulation(dsn, starts_at=START, speed=STILL)
        self._database = Database(dsn, application_name="bench")
        self._life = life()
        with self._database.transaction() as cursor:
            cursor.execute(SQL["timers_open"], {"rows": OPEN, "from": START + 2000 * HOUR})
        connection = self._database.connect()
        connection.cursor().execute("VACUUM ANALYZE sla.open_clocks")
        connection.close()
        context = multiprocessing.get_context("spawn")
        self._lines = []
        for _ in range(WORKERS):
            ours, theirs = context.Pipe()
            context.Process(target=serve, args=(dsn, theirs), daemon=True).start()
            self._lines.append(ours)
        for line in self._lines:
            line.recv()

    def ahead(self) -> float:
        """Rungs judged ahead per second."""
        began_at = self._register(DUE_COLD)
        step_to(self._dsn, began_at + WARNED_AFTER - HOUR / 2)
        rate = self._together("prepare", DUE_COLD)
        self._answer()
        return rate

    def prepared(self) -> float:
        """Rungs fired per second, all of them judged ahead."""
        began_at = self._register(DUE)
        step_to(self._dsn, began_at + WARNED_AFTER - HOUR / 2)
        self._together("prepare", DUE)
        step_to(self._dsn, began_at + WARNED_AFTER)
        rate = self._together("fire", DUE)
        self._answer()
        return rate

    def cold(self) -> float:
        """Rungs fired per second, none of them judged ahead."""
        began_at = self._register(DUE_COLD)
        step_to(self._dsn, began_at + WARNED_AFTER)
        rate = self._together("fire", DUE_COLD)
        self._answer()
        return rate

    def close(self) -> None:
        for line in self._lines:
            line.send("")
        self._database.close()

    def _register(self, count: int) -> datetime:
        """New complaints with their rows; when they began."""
        began_at = read_clock(self._dsn).now_at
        complaints = [new_complaint("s1") for _ in range(count)]
        for place, (service, event) in enumerate(self._life):
            step_to(self._dsn, began_at + place * timedelta(minutes=10))
            store = EventStore(self._database, service=service, registry=REGISTRY)
            for first in range(0, count, 200):
                some = complaints[first : first + 200]
                with self._database.transaction() as cursor:
                    appends = [_append(each, place, service, event) for each in some]
                    store.append_all_in(cursor, appends)
        with self._database.transaction() as cursor:
            times = {"due_at": began_at + DUE_AFTER, "warned_at": began_at + WARNED_AFTER}
            values = {**times, "complaints": complaints, "version": len(self._life)}
            cursor.execute(SQL["timers_due"], values)
        return began_at

    def _answer(self) -> None:
        """What was warned has nothing more to come."""
        with self._database.transaction() as cursor:
            cursor.execute(SQL["timers_answered"], {"before": START + 2000 * HOUR})

    def _together(self, word: str, expected: int) -> float:
        began = time.perf_counter()
        for line in self._lines:
            line.send(word)
        total = sum(line.recv() for line in self._lines)
        took = time.perf_counter() - began
        assert total == expected, f"{total} of {expected}"
        return total / took


def _append(complaint: str, version: int, service: str, event: ProposedEvent) -> Append:
    stream = stream_of(complaint)
    body = sealed_body(event, stream, version + 1, None)
    return Append(
        stream=stream,
        expected_version=version,
        command_id=str(uuid.uuid4()),
        command_hash=bytes(32),
        service=service,
        actor=CENTRE,
        events=(NewEvent(type=event.type, schema=1, body=body),),
    )


def bare_claim(dsn: str) -> Callable[[], float]:
    """Rows claimed and marked per second by one worker, out of OPEN."""
    database = Database(dsn, application_name="bench-peer")
    with database.transaction() as cursor:
        cursor.execute(SQL["timers_peer"], {"rows": OPEN})

    def claim() -> float:
        began, count = time.perf_counter(), 0
        while count < CLAIMED:
            with database.transaction() as cursor:
                cursor.execute(SQL["timers_claim"], {"limit": CLAIM})
                count += len(cursor.fetchall())
        return count / (time.perf_counter() - began)

    return claim


@contextmanager
def contest(place: Place) -> Iterator[Mapping[str, Round]]:
    peer = bare_claim(place.empty_database("timers_peer"))
    enterprise = Enterprise(place.migrated_database("timers_ours"))
    try:
        yield {
            "ours": enterprise.prepared,
            "peer": peer,
            "cold, nothing judged ahead": enterprise.cold,
            "rungs judged ahead": enterprise.ahead,
        }
    finally:
        enterprise.close()


MEASUREMENTS = [
    Measurement(
        name="timers-fire",
        unit="rungs/s",
        peer="bare SQL claim of rows",
        must=0.15,
        stretch=0.4,
        contest=contest,
    )
]
