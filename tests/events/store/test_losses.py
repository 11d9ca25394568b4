"""Connections die in the middle; nothing acknowledged is lost and nothing is stored twice."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading

import psycopg2.extensions
import pytest

from libs.events.errors import StoreUnavailable
from libs.events.postgres import store as store_module
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from tests.events.store.chains import assert_sound
from tests.events.store.given import REGISTRY, append, new_stream, numbers

KILL = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'victim'
"""


class Proxy:
    """Between client and server; on demand it swallows the next answer and breaks the line."""

    def __init__(self, dsn: str) -> None:
        parts = psycopg2.extensions.parse_dsn(dsn)
        self._target = (parts.get("host", "127.0.0.1"), int(parts.get("port", 5432)))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.swallow = threading.Event()
        self.swallowed = 0
        parts.update(host="127.0.0.1", port=str(self._listener.getsockname()[1]))
        self.dsn = psycopg2.extensions.make_dsn(**parts)
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = self._connect()
                for run, ends in ((self._ask, (client, server)), (self._answer, (server, client))):
                    thread = threading.Thread(target=run, args=ends)
                    self._threads.append(thread)
                    thread.start()

    def _connect(self) -> socket.socket:
        host, port = self._target
        if host.startswith("/"):
            line = socket.socket(socket.AF_UNIX)
            line.connect(f"{host}/.s.PGSQL.{port}")
            return line
        return socket.create_connection((host, port))

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                server.sendall(data)
        self._break(client, server)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if self.swallow.is_set():
                    self.swallow.clear()
                    self.swallowed += 1
                    break
                client.sendall(data)
        self._break(server, client)

    @staticmethod
    def _break(*ends: socket.socket) -> None:
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def proxy(fresh, fresh_database):
    proxy = Proxy(fresh_database)
    yield proxy
    proxy.close()


def test_a_lost_commit_answer_is_asked_for_again_before_anybody_is_told(fresh, proxy):
    database = Database(proxy.dsn, application_name="test")

    async def main():
        async with EventStore(database, service="intake", registry=REGISTRY) as store:
            await store.append(append(new_stream()))
            proxy.swallow.set()
            one = await store.append(append(new_stream(), number=numbers("#")))
            proxy.swallow.set()
            many = await asyncio.gather(
                *[store.append(append(new_stream(), number=numbers("#"))) for _ in range(20)]
            )
            return [one, *many]

    results = asyncio.run(main())
    assert proxy.swallowed == 2
    assert results[0].repeated  # stored the first time, told the second
    assert sorted(int(done.number) for done in results) == list(range(1, 22))
    assert len(assert_sound(fresh)) == 22


def test_a_blocking_append_asks_again_too(fresh, proxy):
    database = Database(proxy.dsn, application_name="test")
    store = EventStore(database, service="intake", registry=REGISTRY)
    store.append_now(append(new_stream()))
    proxy.swallow.set()
    done = store.append_now(append(new_stream()))
    database.close()
    assert done.last_version == 1
    assert proxy.swallowed == 1
    assert len(assert_sound(fresh)) == 2


def test_backends_killed_in_the_middle_lose_and_double_nothing(fresh, fresh_database):
    database = Database(fresh_database, application_name="victim")

    async def main():
        async with EventStore(database, service="intake", registry=REGISTRY) as store:
            told = []

            async def caller():
                stream = new_stream()
                for version in range(12):
                    command = append(stream, version, number=numbers("#"))
                    told.append((command, await store.append(command)))

            async def killer():
                killed = 0
                while killed < 6:
                    await asyncio.sleep(0.03)
                    killed += await asyncio.to_thread(kill)
                return killed

            def kill() -> int:
                with fresh.transaction() as cursor:
                    cursor.execute(KILL)
                    return int(cursor.fetchone()[0])

            killing = asyncio.create_task(killer())
            while not killing.done():
                await asyncio.gather(*[caller() for _ in range(12)])
            assert await killing >= 6
            return told

    told = asyncio.run(main())
    streams = assert_sound(fresh)
    acknowledged = {command.command_id: command.stream for command, _ in told}
    assert {c: s for s, commands in streams.items() for c in commands} == acknowledged
    assert sorted(int(done.number) for _, done in told) == list(range(1, len(told) + 1))


def test_a_server_that_stays_away_is_said_so(monkeypatch, fresh):
    unused = socket.create_server(("127.0.0.1", 0))
    port = unused.getsockname()[1]
    unused.close()
    monkeypatch.setattr(store_module, "PATIENCE", 0.2)
    away = Database(f"host=127.0.0.1 port={port} dbname=x user=x", application_name="test")

    async def main():
        async with EventStore(away, service="intake", registry=REGISTRY) as store:
            for work in (store.append(append(new_stream())), store.load("complaint/x")):
                with pytest.raises(StoreUnavailable):
                    await work

    asyncio.run(main())
    with pytest.raises(StoreUnavailable):
        EventStore(away, service="intake", registry=REGISTRY).append_now(append(new_stream()))
