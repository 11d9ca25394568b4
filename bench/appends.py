"""append-256 and append-1: events appended, each caller waiting for its durable commit.

The peer is the shortest way to store a row durably: pgbench (C, one thread) running one prepared
INSERT per transaction into a table with a unique key on stream and version, the same body, stream
ids as local as ours (uuidv7). It checks nothing, chains nothing, and keeps no outbox.

Ours is the whole append as a service does it, in one process on uvloop: expected version, command
id, owner, chain, outbox. Nine in ten appends register a complaint, one follows on the last.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import asyncpg
import uvloop

from bench.measurement import Measurement, Round
from bench.place import Place
from libs.casework.registry import REGISTRY
from libs.events.canonical import encode
from libs.events.envelope import Actor, Append, NewEvent
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore

SECONDS = 2.0
BODY = encode(
    {
        "data": {
            "calendar_version": 3,
            "channel": "hotline",
            "procedure": "telecom-complaint",
            "procedure_version": 1,
            "reached_at": "2026-03-02T01:15:00.000000Z",
        },
        "salt": "5f0c3c6ad27bd3d2f2a87c1e9a0b4d11",
        "sealed": {
            "content": {
                "ciphertext": "k3J9" * 26,
                "commitment": "b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184",
                "key": "1",
                "nonce": "9f86d081884c7d65",
            }
        },
    }
)
_ACTOR = Actor(staff="h-1234", role="handler", unit="henan/centre")
_REGISTERED = NewEvent(type="ComplaintRegistered", schema=1, body=BODY)
_SUPPLEMENTED = NewEvent(type="DetailsSupplemented", schema=1, body=BODY)
PEER_TABLE = """
    CREATE TABLE peer (position bigserial PRIMARY KEY, stream uuid NOT NULL, version int NOT NULL,
        type text NOT NULL, data json NOT NULL, meta json NOT NULL,
        at timestamptz NOT NULL DEFAULT now(), UNIQUE (stream, version))
"""
_META = (
    '{"correlation":"6f1c0b0a-5d1e-4c55-9b6d-0d6f1b6f0c11",'
    '"command":"6f1c0b0a-5d1e-4c55-9b6d-0d6f1b6f0c12","actor":"h-1234"}'
)
_INSERT = (
    "INSERT INTO peer (stream, version, type, data, meta)"
    f" VALUES (uuidv7(), 1, 'ComplaintRegistered', '{BODY.decode()}', '{_META}');\n"
)


def new_stream() -> str:
    """A complaint's stream id: rising with time, as the product makes them."""
    milliseconds = time.time_ns() // 1_000_000
    return f"complaint/s1-{milliseconds:012x}7{os.urandom(10).hex()[1:]}"


def _append(stream: str, version: int, event: NewEvent) -> Append:
    return Append(
        stream=stream,
        expected_version=version,
        command_id=os.urandom(16).hex(),
        command_hash=hashlib.sha256(event.body).digest(),
        service="intake",
        actor=_ACTOR,
        events=(event,),
        correlation_id=os.urandom(16).hex(),
    )


def callers(dsn: str, count: int) -> float:
    """Appends per second by `count` callers on one event loop, each one after the other."""

    async def caller(store: EventStore, until: float) -> int:
        done = 0
        stream = ""
        while time.perf_counter() < until:
            if done % 10 == 9:
                await store.append(_append(stream, 1, _SUPPLEMENTED))
            else:
                stream = new_stream()
                await store.append(_append(stream, 0, _REGISTERED))
            done += 1
        return done

    async def main() -> float:
        database = Database(dsn, application_name="bench")
        async with EventStore(database, service="intake", registry=REGISTRY) as store:
            await asyncio.gather(*[caller(store, 0) for _ in range(2)])
            began = time.perf_counter()
            done = await asyncio.gather(*[caller(store, began + SECONDS) for _ in range(count)])
            return sum(done) / (time.perf_counter() - began)

    return uvloop.run(main())


def pgbench(place: Place, dsn: str, script: Path, clients: int) -> float:
    """Transactions per second by `clients` connections."""
    asked = subprocess.run(
        [
            *(place.program("pgbench"), "--no-vacuum", "--protocol=prepared", "--jobs=1"),
            *(f"--client={clients}", f"--time={SECONDS:.0f}", f"--file={script}", dsn),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    (line,) = [line for line in asked.stdout.splitlines() if line.startswith("tps = ")]
    return float(line.split()[2])


def bare_group_commit(dsn: str, count: int) -> float:
    """Rows per second by `count` callers whose rows one COPY at a time stores: the limit of group
    commit in Python, with asyncpg, without any check, chain, outbox or answer but "done"."""

    async def main() -> float:
        connection = await asyncpg.connect(dsn)
        queue: asyncio.Queue[tuple[tuple[object, ...], asyncio.Future[None]]] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        async def flush() -> None:
            while True:
                group = [await queue.get()]
                while not queue.empty() and len(group) < 500:
                    group.append(queue.get_nowait())
                await connection.copy_records_to_table(
                    "peer",
                    records=[row for row, _ in group],
                    columns=["stream", "version", "type", "data", "meta"],
                )
                for _, done in group:
                    done.set_result(None)

        async def caller(until: float) -> int:
            stored = 0
            while time.perf_counter() < until:
                done = loop.create_future()
                row = (uuid.uuid4(), 1, "ComplaintRegistered", BODY.decode(), _META)
                queue.put_nowait((row, done))
                await done
                stored += 1
            return stored

        flushing = asyncio.create_task(flush())
        began = time.perf_counter()
        stored = await asyncio.gather(*[caller(began + SECONDS) for _ in range(count)])
        took = time.perf_counter() - began
        flushing.cancel()
        await connection.close()
        return sum(stored) / took

    return uvloop.run(main())


Contest = Callable[[Place], AbstractContextManager[Mapping[str, Round]]]


def _contest(name: str, count: int, clients: int, *, also: tuple[int, ...] = ()) -> Contest:
    @contextmanager
    def contest(place: Place) -> Iterator[Mapping[str, Round]]:
        ours, peer = place.migrated_database(f"{name}_ours"), place.empty_database(f"{name}_peer")
        database = Database(peer, application_name="bench")
        with database.transaction() as cursor:
            cursor.execute(PEER_TABLE)
        database.close()
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(_INSERT)
            script.flush()
            yield {
                "ours": lambda: callers(ours, count),
                "peer": lambda: pgbench(place, peer, Path(script.name), clients),
                "bare COPY in groups": lambda: bare_group_commit(peer, count),
                **{f"ours, {few} callers": partial(callers, ours, few) for few in also},
            }

    return contest


MEASUREMENTS = [
    Measurement(
        name="append-256",
        unit="events/s",
        peer="one-row INSERT per commit, 8 clients",
        must=3,
        stretch=5,
        contest=_contest("append_256", 256, 8, also=(8, 32)),
    ),
    Measurement(
        name="append-1",
        unit="events/s",
        peer="one-row INSERT per commit, 1 client",
        must=0.5,
        stretch=0.8,
        contest=_contest("append_1", 1, 1),
    ),
]
