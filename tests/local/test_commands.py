"""The command line: plain answers, JSON for programs, one line and an exit code for failures."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from redress.local.postgres import PostgresServer
from redress.main import main

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs `redress ...` and returns exit code, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["redress", *arguments])
        with pytest.raises(SystemExit) as leaving:
            main()
        said = capfd.readouterr()
        return int(leaving.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("REDRESS_HOME", str(tmp_path / "var"))
    monkeypatch.delenv("REDRESS_DATABASE_URL", raising=False)
    yield tmp_path / "var"
    PostgresServer(tmp_path / "var" / "postgres").stop()


def test_the_help_lists_every_command_and_loads_none_of_them() -> None:
    code = (
        "import sys; sys.argv = ['redress', '--help']\n"
        "from redress.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'psycopg2', 'fastapi', 'pydantic', 'yaml', 'redress.commands.db'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    for path in Path("redress/commands").glob("[a-z]*.py"):
        assert path.stem.rstrip("_").replace("_", "-") in ran.stdout


@pytest.mark.parametrize("path", sorted(Path("redress/commands").glob("[a-z]*.py")), ids=str)
def test_every_command_explains_itself(command: Command, path: Path) -> None:
    code, out, _ = command(path.stem.rstrip("_").replace("_", "-"), "--help")
    assert code == 0
    assert "Usage: redress" in out


def test_the_database_is_started_looked_at_and_stopped(command: Command, home: Path) -> None:
    def answer(*arguments: str) -> tuple[int, Any]:
        code, out, _ = command(*arguments, "--json")
        return code, json.loads(out)

    assert answer("db", "status") == (1, {"running": False})
    assert answer("db", "start")[1]["running"] is True
    assert answer("db", "status")[1]["running"] is True

    waiting = answer("migrate", "--check")
    assert waiting[0] == 1
    assert answer("migrate") == (0, {"applied": waiting[1]["pending"]})
    assert answer("migrate", "--check") == (0, {"pending": []})

    code, findings = answer("doctor")
    assert code == 0, findings
    assert {"durability", "schema", "time"} <= {each["subject"] for each in findings}

    assert answer("db", "stop") == (0, {"running": False, "stopped": True})
    assert answer("db", "status") == (1, {"running": False})


def test_psql_enters_the_database_without_showing_the_password(home: Path) -> None:
    redress = [sys.executable, "-c", "from redress.main import main; main()"]
    subprocess.run([*redress, "db", "start"], check=True, capture_output=True)
    asked = subprocess.run(
        [*redress, "db", "psql", "-Atc", "SELECT current_user || '@' || current_database()"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert asked.stdout.strip() == "redress_owner@redress"


def test_a_failure_is_one_line_and_exit_code_3(command: Command, home: Path) -> None:
    code, out, err = command("migrate", "--check")
    assert (code, out) == (3, "")
    assert err.startswith("redress: no server is running in ")
    assert err.count("\n") == 1


def test_a_server_that_does_not_answer_is_named(
    command: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDRESS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    code, _, err = command("db", "status")
    assert code == 3
    assert "the database does not answer" in err

    code, _, err = command("db", "start")
    assert code == 1
    assert "not ours to start or stop" in err


def test_an_outside_server_is_used_in_place_of_the_embedded_one(
    command: Command, home: Path, monkeypatch: pytest.MonkeyPatch, empty_database: str
) -> None:
    monkeypatch.setenv("REDRESS_DATABASE_URL", empty_database)
    assert command("db", "status")[0] == 0
    code, out, _ = command("migrate", "--json")
    assert code == 0
    assert "events/0001_stream.sql" in json.loads(out)["applied"]
    assert command("doctor")[0] == 0
    assert not home.exists()


def test_an_outside_server_that_is_too_old_is_refused(
    command: Command, home: Path, monkeypatch: pytest.MonkeyPatch, empty_database: str
) -> None:
    monkeypatch.setenv("REDRESS_DATABASE_URL", empty_database)
    monkeypatch.setattr("redress.local.database.OLDEST_SERVER", 99)
    code, _, err = command("migrate")
    assert code == 3
    assert "99 or newer is needed" in err


def test_doctor_fails_when_no_database_runs(command: Command, home: Path) -> None:
    code, out, _ = command("doctor", "--json")
    assert code == 1
    assert [each["subject"] for each in json.loads(out) if each["state"] == "failure"] == [
        "database"
    ]
    assert not home.exists()


def test_an_unknown_command_is_refused_with_exit_code_2(command: Command) -> None:
    code, _, err = command("complain")
    assert code == 2
    assert "No such command" in err
