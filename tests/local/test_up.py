"""`redress up` on a fresh folder: the real processes come up, survive kills, and go down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from libs.events.postgres.logins import role_of
from redress.home import Home
from redress.local.processes import ASKS_NO_DATABASE, MODULES
from redress.local.state import RunningState
from redress.local.supervision import answers


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The whole product, started by the command itself; in the end nothing of it is left."""
    home = Home(folder=tmp_path_factory.mktemp("whole") / "var", outside_url=None)
    addresses = redress(home, "up", "--detach", "--base-port", "0", "--json")
    assert set(addresses) == set(MODULES)
    yield home
    pids = [each.pid for each in state(home).services.values()]
    assert redress(home, "down", "--json") == {"stopped": True}
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert home.server.status() is None
    assert redress(home, "down", "--json") == {"stopped": False}


def redress(home: Home, *arguments: str) -> Any:
    ran = subprocess.run(
        [sys.executable, "-m", "redress", *arguments],
        env={**os.environ, "REDRESS_HOME": str(home.folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def state(home: Home) -> RunningState:
    found = RunningState.read(home)
    assert found is not None
    return found


def until_all_ready(home: Home, *, without: set[int | None]) -> None:
    """Wait until all processes answer and none has a number of `without`."""
    for _ in range(900):
        services = state(home).services.values()
        pids = {each.pid for each in services}
        if not pids & {*without, None} and all(answers(each.url) for each in services):
            return
        time.sleep(0.1)
    pytest.fail(f"not all came back; see {home.log}")


def test_every_process_is_ready_under_its_own_role(home: Home) -> None:
    until_all_ready(home, without=set())
    wanted = {role_of(name) for name in set(MODULES) - ASKS_NO_DATABASE}
    for _ in range(600):
        # A connection that is not in use may have been closed: each comes when it is needed.
        roles = connected_roles(home)
        if roles >= wanted:
            break
        time.sleep(0.1)
    assert roles == wanted


def connected_roles(home: Home) -> set[str]:
    connection = psycopg2.connect(home.owner_url())
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT usename FROM pg_stat_activity"
            " WHERE datname = 'redress' AND usename <> current_user"
        )
        roles = {name for (name,) in cursor}
    connection.close()
    return roles


def test_the_doctor_finds_everything_sound(home: Home) -> None:
    findings = {each["subject"]: each["state"] for each in redress(home, "doctor", "--json")}
    assert findings["processes"] == "ok"
    assert "failure" not in findings.values()


def test_killed_processes_come_back(home: Home) -> None:
    pids = {each.pid for each in state(home).services.values()}
    for pid in pids:
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    until_all_ready(home, without=pids)


def test_all_come_back_after_the_database_was_killed(home: Home) -> None:
    server = home.server.status()
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    while (now := home.server.status()) is None or now.pid == server.pid:
        time.sleep(0.1)
    until_all_ready(home, without=set())
