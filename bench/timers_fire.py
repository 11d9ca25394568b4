"""timers-fire: due clocks fired, each with its event in the same transaction, 1 M rows open.

Ours is the product's own watchdog in two processes: rows claimed, streams of five events read from
the store and folded (nothing is remembered: as after an outage), each rung judged, its event
appended, chained and queued for the feed, the rung recorded, the row moved. The limit is a bare
claim in the same server: a batch of 1,000 due rows of 1 M found by index, marked and committed, by
one worker, nothing else done. The runs alternate.
"""

from __future__ import annotations

import multiprocessing
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from libs.casework.bodies import sealed_body
from libs.casework.identifiers import new_complaint, stream_of
from libs.casework.regulations import Regulations
from libs.casework.registry import REGISTRY
from libs.complaints.commands import ProposedEvent
from libs.events.envelope import Actor, Append, NewEvent
from libs.events.postgres.database import Database
from libs.events.postgres.simulation import make_simulation, step_to
from libs.events.postgres.store import EventStore
from services.sla.folding import CaseFolder
from services.sla.watchdog import Watchdog

OPEN = 1_000_000
DUE = 20_000
WORKERS = 2
CLAIM = 1_000
CLAIMED = 60_000
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
# The procedure's 48 hours for an answer, of which nine tenths are over.
WARNED = START + timedelta(hours=43, minutes=12)
STILL = 1e-12
CENTRE = Actor(staff="h-1", role="centre", unit="henan/centre")
PROCEDURES = Path(__file__).parents[1] / "procedures"
SQL = {path.stem: path.read_text() for path in (Path(__file__).parent / "sql").glob("*.sql")}


def fill(dsn: str) -> None:
    """DUE complaints with streams of five events, and OPEN rows, of which theirs are due first."""
    make_simulation(dsn, starts_at=START, speed=STILL)
    database = Database(dsn, application_name="bench")
    complaints = [new_complaint("s1") for _ in range(DUE)]
    life = list(_life(Regulations(PROCEDURES)))
    for place, (service, event) in enumerate(life):
        step_to(dsn, START + place * timedelta(minutes=10))
        store = EventStore(database, service=service, registry=REGISTRY)
        for first in range(0, DUE, 200):
            with database.transaction() as cursor:
                appends = [_append(complaint, place, service, event) for complaint in complaints[first : first + 200]]
                store.append_all_in(cursor, appends)
    with database.transaction() as cursor:
        due_at = START + timedelta(hours=48)
        values = {"warned_at": WARNED, "due_at": due_at, "version": len(life)}
        cursor.execute(SQL["timers_due"], {**values, "complaints": complaints})
        cursor.execute(SQL["timers_open"], {"rows": OPEN - DUE, "from": WARNED})
    step_to(dsn, WARNED)
    database.close()


def _life(regulations: Regulations) -> Iterator[tuple[str, ProposedEvent]]:
    pinned = regulations.current("telecom-complaint")
    yield (
        "intake",
        ProposedEvent(
            type="ComplaintRegistered",
            data={
                "procedure": pinned.procedure.id,
                "procedure_version": pinned.procedure.version,
                "calendar_version": pinned.calendar.version,
                "channel": "hotline",
                "level": "provincial",
                "customer_tier": "ordinary",
                "category": "network-quality",
            },
        ),
    )
    told = {"level": "provincial", "category": "network-quality"}
    yield "dispatch", ProposedEvent(type="ComplaintClassified", data=told)
    at_network = {"order": "A", "to": ("henan/network",)}
    yield "dispatch", ProposedEvent(type="OrderIssued", **at_network)
    yield "dispatch", ProposedEvent(type="OrderReceived", order="A")
    yield "dispatch", ProposedEvent(type="OrderFedBack", order="A", to=("henan/centre",))


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


def watch(dsn: str, ready: Any, go: Any, limit: int, fired: Any) -> None:
    """One replica in its own process: fires until its share of `limit` is done."""
    database = Database(dsn, application_name="bench-watchdog")
    store = EventStore(database, service="sla", registry=REGISTRY)
    watchdog = Watchdog(database, store, CaseFolder(store, Regulations(PROCEDURES)))
    ready.wait()
    go.wait()
    done = 0
    while done < limit and (moved := watchdog.step()):
        done += moved
    fired.put(done)


def fire(dsn: str, limit: int) -> float:
    """Rungs fired per second by WORKERS replicas, from the moment all are ready."""
    context = multiprocessing.get_context("spawn")
    ready, go, fired = context.Barrier(WORKERS + 1), context.Event(), context.Queue()
    replicas = [
        context.Process(target=watch, args=(dsn, ready, go, limit // WORKERS, fired))
        for _ in range(WORKERS)
    ]
    for replica in replicas:
        replica.start()
    ready.wait()
    began = time.perf_counter()
    go.set()
    total = sum(fired.get() for _ in replicas)
    took = time.perf_counter() - began
    for replica in replicas:
        replica.join()
    return total / took


def fill_peer(dsn: str) -> Database:
    """OPEN timers, all of which may be claimed."""
    database = Database(dsn, application_name="bench-peer")
    with database.transaction() as cursor:
        cursor.execute(SQL["timers_peer"], {"rows": OPEN})
    return database


def claim(database: Database) -> float:
    """Rows claimed and marked per second by one worker."""
    began, count = time.perf_counter(), 0
    while count < CLAIMED:
        with database.transaction() as cursor:
            cursor.execute(SQL["timers_claim"], {"limit": CLAIM})
            count += len(cursor.fetchall())
    return count / (time.perf_counter() - began)


if __name__ == "__main__":
    import sys

    ours, peer = sys.argv[1:]
    began = time.perf_counter()
    fill(ours)
    timers = fill_peer(peer)
    print("filled", time.perf_counter() - began)
    for _ in range(3):
        print("claim", claim(timers))
        print("fire", fire(ours, DUE // 3))
