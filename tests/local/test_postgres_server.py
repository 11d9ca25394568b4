"""The embedded server: starts and stops, keeps its data, and refuses what it cannot serve."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extras import wait_select

from redress.local.postgres import PostgresError, PostgresServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path / "postgres")
    yield server
    server.stop()


def ask(dsn: str, question: str) -> str:
    connection = psycopg2.connect(dsn)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(question)
            row = cursor.fetchone() if cursor.description else None
            return str(row[0]) if row else ""
    finally:
        connection.close()


def test_a_started_server_is_durable_checked_and_speaks_utf8(server: PostgresServer) -> None:
    running = server.start()

    dsn = server.dsn("postgres")
    assert server.status() == running
    assert ask(dsn, "SHOW fsync") == "on"
    assert ask(dsn, "SHOW synchronous_commit") == "on"
    assert ask(dsn, "SHOW data_checksums") == "on"
    assert ask(dsn, "SHOW server_encoding") == "UTF8"
    assert ask(dsn, "SELECT datcollate FROM pg_database WHERE datname='postgres'") == "C.UTF-8"
    assert ask(dsn, "SHOW timezone") == "UTC"
    assert ask(dsn, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(dsn, "SELECT '客户投诉'") == "客户投诉"


def test_nobody_enters_without_the_password(server: PostgresServer) -> None:
    port = server.start().port

    for host in ("127.0.0.1", str(server.data)):
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(
                host=host, port=port, user="redress_owner", dbname="postgres", password="guess"
            )
    assert (server.folder / "owner.password").stat().st_mode & 0o077 == 0


def test_starting_and_stopping_may_be_repeated(server: PostgresServer) -> None:
    first = server.start()
    assert server.start() == first

    assert server.stop() is True
    assert server.stop() is False
    assert server.status() is None
    with pytest.raises(PostgresError, match="no server is running"):
        server.dsn()

    assert server.start().port == first.port


def test_many_starters_at_once_make_one_server(server: PostgresServer) -> None:
    seen: set[int] = set()
    threads = [
        threading.Thread(target=lambda: seen.add(PostgresServer(server.folder).start().pid))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1


def test_a_killed_server_comes_back_with_every_commit(server: PostgresServer) -> None:
    pid = server.start().pid
    ask(server.dsn("postgres"), "CREATE TABLE kept (id int)")
    ask(server.dsn("postgres"), "INSERT INTO kept SELECT generate_series(1, 1000)")
    # A session in the middle of a transaction, and one computing for minutes: their processes
    # outlive the server.
    idle = psycopg2.connect(server.dsn("postgres"))
    idle.cursor().execute("INSERT INTO kept VALUES (-1)")
    busy = psycopg2.connect(server.dsn("postgres"), async_=1)
    wait_select(busy)
    busy.cursor().execute("SELECT count(*) FROM generate_series(1, 1000000000)")

    os.kill(pid, signal.SIGKILL)
    restarted = server.start()

    assert restarted.pid != pid
    assert ask(server.dsn("postgres"), "SELECT count(*) FROM kept") == "1000"
    idle.close()
    busy.close()


def test_a_pid_file_naming_a_foreign_process_is_not_believed(server: PostgresServer) -> None:
    pid = server.start().pid
    ask(server.dsn("postgres"), "CREATE TABLE kept (id int)")
    os.kill(pid, signal.SIGKILL)
    # After a reboot the number in the files may belong to anybody.
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    for lock in (server.data / "postmaster.pid", *server.data.glob(".s.PGSQL.*.lock")):
        lines = lock.read_text().splitlines()
        lock.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
    try:
        assert server.status() is None
        assert server.stop() is False
        server.start()
        assert stranger.poll() is None
        assert ask(server.dsn("postgres"), "SELECT count(*) FROM kept") == "0"
    finally:
        stranger.kill()
        stranger.wait()


def test_a_data_folder_of_another_version_is_refused_untouched(server: PostgresServer) -> None:
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("13\n")

    with pytest.raises(PostgresError, match="made by PostgreSQL 13"):
        server.start()
    assert server.status() is None

    (server.data / "PG_VERSION").write_text("18\n")
    server.start()


def test_an_interrupted_creation_is_begun_again(server: PostgresServer) -> None:
    half_made = server.folder / "data.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")

    server.start()

    assert ask(server.dsn("postgres"), "SELECT 1") == "1"
    assert not half_made.exists()


def test_what_the_server_says_when_it_cannot_start_is_passed_on(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path, settings={"shared_buffers": "nonsense"})
    with pytest.raises(PostgresError, match='invalid value for parameter "shared_buffers"'):
        server.start()


def test_a_folder_with_blanks_and_a_very_long_name_serves_too(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "with blank, comma" / ("long" * 25))
    try:
        server.start()
        assert ask(server.dsn("postgres"), "SHOW unix_socket_directories") == ""
    finally:
        server.stop()
