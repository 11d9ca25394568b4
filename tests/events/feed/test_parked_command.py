"""`redress parked`: what waits is listed, shown without content, and replayed when asked."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from libs.events.postgres.projection import ProjectionRunner
from redress.commands.parked import app


@pytest.fixture
def command(store, monkeypatch):
    """The command on this store: its exit code and what it prints as JSON."""
    monkeypatch.setenv("REDRESS_DATABASE_URL", store)

    def run(*arguments: str) -> tuple[int, object]:
        result = CliRunner().invoke(app, [*arguments, "--json"])
        return result.exit_code, json.loads(result.stdout)

    return run


def test_from_parked_to_replayed(append, sequence, database, projection, command, notes):
    assert command("list") == (0, [])
    projection.poison = lambda event: ValueError() if event.event.version == 2 else None
    append("complaint/b", 0, "张三", "two", "three")
    sequence()
    runner = ProjectionRunner(database, projection)
    runner.step()

    code, (parked,) = command("list")
    assert (code, parked["projection"], parked["stream"]) == (0, "notes", "complaint/b")
    assert (parked["at_version"], parked["last_version"]) == (2, 3)
    code, (shown,) = command("show", "complaint/b")
    assert code == 0
    assert [(e["version"], e["type"]) for e in shown["events"]] == [(2, "Noted"), (3, "Noted")]
    assert "two" not in json.dumps(shown)

    projection.poison = lambda _event: None
    assert command("replay", "complaint/b") == (0, {"asked": ["complaint/b"]})
    runner.look_aside()
    assert command("list") == (0, [])
    assert notes() == [("complaint/b", 1), ("complaint/b", 2), ("complaint/b", 3)]


def test_what_is_not_parked_is_neither_shown_nor_replayed(command):
    assert command("show", "complaint/x") == (1, [])
    assert command("replay", "complaint/x") == (1, {"asked": []})


def test_a_replay_names_one_stream_or_all(store, monkeypatch):
    monkeypatch.setenv("REDRESS_DATABASE_URL", store)
    assert CliRunner().invoke(app, ["replay"]).exit_code == 2
    assert CliRunner().invoke(app, ["replay", "complaint/x", "--all"]).exit_code == 2
    assert CliRunner().invoke(app, ["list"]).stdout == "nothing is parked\n"
