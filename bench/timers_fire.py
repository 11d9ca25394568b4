"""timers-fire: due clocks fired, each with its event in the same transaction, 1 M rows open.

Ours is the product's own watchdog in two processes. Rungs that come up were judged ahead on their
streams of five events, in the hour before, as always while nothing is due (how fast is printed);
at their time each row is claimed, its event appended at the version judged, chained and queued for
the feed, the rung recorded and the row moved. `cold` is the same without anything judged ahead, as
after an outage: every stream is read and folded between claim and append. The limit is a bare claim
in the same server: batches of 1,000 due rows of 1 M found by index, marked and committed by one
worker, nothing else done. The runs alternate.
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
from services.sla.preparing import Preparer
from services.sla.watchdog import Watchdog

OPEN = 1_000_000
ROUNDS = 4
DUE = 4_000
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


def fill(dsn: str) -> None:
    """DUE complaints per round, an hour apart, with streams of five events; OPEN rows in all."""
    make_simulation(dsn, starts_at=START, speed=STILL)
    database = Database(dsn, application_name="bench")
    life = list(_life(Regulations(PROCEDURES)))
    for number in range(ROUNDS + 1):
        began_at = START + number * HOUR
        complaints = [new_complaint("s1") for _ in range(DUE)]
        for place, (service, event) in enumerate(life):
            step_to(dsn, began_at + place * timedelta(minutes=10))
            store = EventStore(database, service=service, registry=REGISTRY)
            for first in range(0, DUE, 200):
                some = complaints[first : first + 200]
                with database.transaction() as cursor:
                    appends = [_append(each, place, service, event) for each in some]
                    store.append_all_in(cursor, appends)
        with database.transaction() as cursor:
            times = {"due_at": began_at + DUE_AFTER, "warned_at": began_at + WARNED_AFTER}
            values = {**times, "complaints": complaints, "version": len(life)}
            cursor.execute(SQL["timers_due"], values)
    with database.transaction() as cursor:
        rows = {"rows": OPEN - DUE * (ROUNDS + 1), "from": START + 4 * WARNED_AFTER}
        cursor.execute(SQL["timers_open"], rows)
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


def watch(dsn: str, work: str, ready: Any, go: Any, done: Any) -> None:
    """One replica in its own process: prepares, or fires, until nothing more is to do."""
    database = Database(dsn, application_name="bench-watchdog")
    store = EventStore(database, service="sla", registry=REGISTRY)
    folder = CaseFolder(store, Regulations(PROCEDURES))
    step = {
        "fire": Watchdog(database, store, folder).step,
        "prepare": Preparer(database, folder).step,
    }[work]
    ready.wait()
    go.wait()
    total = 0
    while count := step():
        total += count
    done.put(total)


def together(dsn: str, work: str) -> float:
    """Rows per second by WORKERS replicas, from the moment all are ready."""
    context = multiprocessing.get_context("spawn")
    ready, go, done = context.Barrier(WORKERS + 1), context.Event(), context.Queue()
    replicas = [
        context.Process(target=watch, args=(dsn, work, ready, go, done)) for _ in range(WORKERS)
    ]
    for replica in replicas:
        replica.start()
    ready.wait()
    began = time.perf_counter()
    go.set()
    total = sum(done.get() for _ in replicas)
    took = time.perf_counter() - began
    for replica in replicas:
        replica.join()
    assert total == DUE, f"{total} of {DUE}"
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
    for number in range(ROUNDS + 1):
        warned_at = START + number * HOUR + WARNED_AFTER
        if number < ROUNDS:
            step_to(ours, warned_at - HOUR / 2)
            print("prepare", together(ours, "prepare"))
        step_to(ours, warned_at)
        print("claim", claim(timers))
        print("fire", "cold" if number == ROUNDS else "", together(ours, "fire"))
