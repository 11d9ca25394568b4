"""`redress import run` as an operator sees it: what is wrong, where, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from redress.commands.import_ import app
from redress.failures import CommandError
from tests.conftest import restore_logins
from tests.imports.desk import Desk
from tests.imports.ledgers import MAP, SECRETS, closed_rows, write_csv

Run = Callable[..., Result]


@pytest.fixture
def run(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs `redress import run LEDGER --map ...` on the desk's store."""
    monkeypatch.setenv("REDRESS_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("REDRESS_DATABASE_URL", desk.owner_dsn)
    (tmp_path / "map.yaml").write_text(MAP, encoding="utf-8")

    def invoke(ledger: Path, *options: str) -> Result:
        arguments = ["run", str(ledger), "--map", str(tmp_path / "map.yaml"), *options]
        return CliRunner().invoke(app, arguments)

    yield invoke
    # The command gave the role, which all databases here share, a password of its own.
    restore_logins(desk.owner_dsn)


def test_faults_are_shown_and_written_by_row_and_field_and_nothing_is_kept(
    desk: Desk, run: Run, tmp_path: Path
) -> None:
    rows = list(closed_rows(30))
    rows[4] |= {"受理渠道": SECRETS[1]}
    lines = tmp_path / "faults.csv"
    ran = run(write_csv(tmp_path / "old.csv", rows), "--report", str(lines))
    assert isinstance(ran.exception, CommandError)
    assert str(ran.exception) == "1 of 30 rows do not fit; nothing kept"
    assert "register.channel" in ran.output
    written = lines.read_text(encoding="utf-8-sig").splitlines()
    assert "6,fault,register.channel,is none of the words that the map names" in written
    assert "2,rule,issue_order,two-dimensions" in written
    assert not any(secret in ran.output + "".join(written) for secret in SECRETS)
    assert desk.is_empty()


def test_a_dry_run_keeps_nothing(desk: Desk, run: Run, tmp_path: Path) -> None:
    ran = run(write_csv(tmp_path / "old.csv", closed_rows(10)), "--dry-run")
    assert ran.exit_code == 0, ran.output
    assert "10 rows fit; nothing was kept" in ran.output
    assert desk.is_empty()
    assert not (tmp_path / "var" / "keys").exists()


def test_the_outcome_is_told_to_people_and_to_programs(
    desk: Desk, run: Run, tmp_path: Path
) -> None:
    first = run(write_csv(tmp_path / "a.csv", closed_rows(10)))
    assert "10 complaints" in first.output
    assert not any(secret in first.output for secret in SECRETS)
    again = run(tmp_path / "a.csv", "--json")
    told = json.loads(again.stdout)
    assert (told["published"]["streams"], told["report"]["rows"]) == (10, 0)
    assert len(desk.streams()) == 10
