"""The store goes away or fills up under requests: a clear 503, then on as if nothing had been.

A server of this module's own is killed with SIGKILL, or its disk filled. Nobody is told of a step
that is not stored; whoever was left without an answer repeats it, and it is stored once.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from libs.casework.installing import install_events
from libs.casework.regulations import Regulations
from libs.events.postgres.database import Database
from libs.events.postgres.databases import create_database
from libs.events.postgres.logins import dsn_as, give_logins
from libs.events.postgres.migrate import migrate
from redress.local.postgres import PostgresServer
from redress.verification.promises import verify
from tests.badinput.test_bodies import UNREADABLE
from tests.badinput.test_fields import BAD_FIELDS
from tests.badinput.unharmed import refused
from tests.real_parts import absent
from tests.services.process import free_port, intake_running
from tests.services.world import AGENT, CENTRE, World, both_services

PASSWORD = "for-tests-only"
ROOM = "160m"
SMALL = {"min_wal_size": "32MB", "max_wal_size": "32MB", "shared_buffers": "16MB"}
PATIENCE_S = 1.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    with own_server(tmp_path / "postgres") as running:
        yield running


@contextlib.contextmanager
def own_server(folder: Path) -> Iterator[PostgresServer]:
    """A server that a test may kill, with a migrated database `redress`."""
    server = PostgresServer(folder, settings=SMALL)
    server.start()
    try:
        dsn = create_database(server.dsn("postgres"), "redress")
        migrate(dsn)
        install_events(dsn)
        give_logins(dsn, lambda _role: PASSWORD)
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def working(server: PostgresServer, keys: Path, procedures: Path) -> Iterator[World]:
    dsn = server.dsn("redress")
    login = lambda role, database: dsn_as(database, role, PASSWORD)  # noqa: E731
    with both_services(dsn, login, keys, procedures, store_patience=PATIENCE_S) as world:
        yield world


def test_a_killed_database_is_a_clear_503_and_then_as_before(server, tmp_path, regulations_folder):
    with working(server, tmp_path / "keys", regulations_folder) as world:
        running = server.status()
        assert running is not None
        told: dict[str, httpx.Response] = {}

        def keep_registering(_number: int) -> None:
            while True:
                key = str(uuid.uuid4())
                told[key] = registered(world, key)
                if not told[key].is_success:
                    return

        with ThreadPoolExecutor(6) as threads:
            ends = [threads.submit(keep_registering, number) for number in range(6)]
            while len(told) < 30:
                assert not any(end.done() for end in ends)
            os.kill(running.pid, signal.SIGKILL)
        unanswered = [key for key, answer in told.items() if not answer.is_success]
        assert len(unanswered) == 6
        for key in unanswered:
            assert_unavailable(told[key])
        assert_unavailable(work_list(world))
        assert world.dispatch.get("/readyz").status_code == 503

        server.start()
        for key in unanswered:
            told[key] = registered(world, key)
        assert work_list(world).is_success
        assert_stored_once(world, told, regulations_folder)


def test_a_full_disk_is_a_clear_503_and_then_as_before(tmp_path, regulations_folder):
    with (
        disk(tmp_path / "disk") as folder,
        own_server(folder / "postgres") as server,
        working(server, tmp_path / "keys", regulations_folder) as world,
    ):
        told = {key: registered(world, key) for key in keys_of(5)}
        fill(folder)
        while all(answer.is_success for answer in told.values()):
            key = str(uuid.uuid4())
            told[key] = registered(world, key)
            assert len(told) < 1000, "the disk did not fill"
        assert_unavailable(told[key])
        (folder / "ballast").unlink()
        # Where the log could not grow the server has ended; its supervisor starts it again.
        server.start()
        told[key] = registered(world, key)
        assert_stored_once(world, told, regulations_folder)


def test_a_service_killed_amid_bad_and_good_input(server, tmp_path, regulations_folder):
    """Every kind of bad body and field is under way while the service is killed and started, three
    times; each client's one good step is sent until it is answered."""
    owner = server.dsn("redress")
    dsn, port = dsn_as(owner, "redress_intake", PASSWORD), free_port()
    world = World(owner, tmp_path / "keys", f"http://127.0.0.1:{port}", "http://127.0.0.1:9")
    bad = [content for content, _ in UNREADABLE]
    bad += [json.dumps(body).encode() for body, _ in BAD_FIELDS]
    bad += [b" " * 2**20 + b"{}"]
    told: dict[str, httpx.Response] = {}
    seen: set[bytes] = set()

    def insist(key: str) -> None:
        # Each begins elsewhere, so that at any moment many kinds are under way.
        turns = random.Random(key).sample(bad, len(bad))
        while key not in told:
            with contextlib.suppress(httpx.TransportError):
                for content in turns:
                    headers = {**world.headers(AGENT), "Content-Type": "application/json"}
                    answer = world.intake.post("/complaints", content=content, headers=headers)
                    assert 400 <= answer.status_code < 500
                    seen.add(content)
                told[key] = registered(world, key)

    with ThreadPoolExecutor(8) as threads:
        ends = [threads.submit(insist, key) for key in keys_of(40)]
        for kill in range(1, 4):
            with intake_running(dsn, tmp_path, regulations_folder, port) as process:
                while len(told) < 8 * kill:
                    assert process.poll() is None
                process.kill()
        with intake_running(dsn, tmp_path, regulations_folder, port):
            for end in ends:
                end.result()
    assert len(told) == 40
    assert seen == set(bad)
    assert_stored_once(world, told, regulations_folder)
    world.close()


def registered(world: World, key: str) -> httpx.Response:
    body = {"with": {"channel": "hotline", "content": "宽带断网三天" * 100}}
    return world.intake.post("/complaints", json=body, headers=world.headers(AGENT, key))


def work_list(world: World) -> httpx.Response:
    headers = {"Authorization": f"Bearer {world.token(CENTRE)}"}
    return world.dispatch.get("/work-list", params={"unit": "henan"}, headers=headers)


def keys_of(count: int) -> list[str]:
    return [str(uuid.uuid4()) for _ in range(count)]


def assert_unavailable(answer: httpx.Response) -> None:
    refused(answer, 503, "unavailable")
    assert answer.headers["retry-after"]


def assert_stored_once(world: World, told: dict[str, httpx.Response], procedures: Path) -> None:
    """Everybody has been told of a stored complaint, of one each, and the store is whole."""
    assert {answer.status_code for answer in told.values()} <= {200, 201}
    complaints = {answer.json()["complaint"] for answer in told.values()}
    numbers = {answer.json()["number"] for answer in told.values()}
    assert len(complaints) == len(numbers) == len(told)
    rows = world.ask("SELECT stream, version FROM events.events")
    assert sorted(rows) == sorted((f"complaint/{complaint}", 1) for complaint in complaints)
    database = Database(world.dsn, application_name="test")
    results = verify(
        database, journal_folders=[], read_models=[], regulations=Regulations(procedures),
        watched=False, progress=lambda _promise, _count: None,
    )  # fmt: skip
    assert [finding for result in results for finding in result.findings] == []
    database.close()


@contextlib.contextmanager
def disk(folder: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False).returncode != 0:
        absent("a small disk", "root may mount a tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Leave not one page free."""
    with (folder / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while ballast.write(bytes(4096)):
            pass
