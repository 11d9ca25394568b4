"""An import that is killed leaves nothing to be seen, and the next run finishes it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest

from libs.casework.registry import IMPORTER, REGISTRY
from libs.events.postgres.staging import StagingBusy, StagingRefused, staging_of
from services.intake.imports.bringing import PART
from services.intake.imports.faults import LedgerRefused
from services.intake.imports.ledger import fingerprint
from tests.conftest import restore_logins
from tests.imports.desk import Desk
from tests.imports.ledgers import MAP, closed_rows, write_csv

ROWS = PART * 3 + 7


class Interrupted(Exception):
    """Stands for whatever stops a process between two parts."""


def interrupted_after(rows: int) -> Callable[[int], None]:
    def tell(laid: int) -> None:
        if laid >= rows:
            raise Interrupted

    return tell


def nothing_is_seen(desk: Desk) -> bool:
    desk.follow()
    return not desk.streams() and not desk.ask("SELECT FROM events.outbox")


def test_what_was_laid_down_before_a_kill_is_gone_on_with(desk: Desk, tmp_path: Path) -> None:
    job = desk.job(write_csv(tmp_path / "old.csv", closed_rows(ROWS)))
    with pytest.raises(Interrupted):
        desk.bring_in(job, ROWS, interrupted_after(PART * 2))
    assert nothing_is_seen(desk)
    streams = "SELECT stream FROM events.staged_streams ORDER BY nth"
    laid = desk.ask(streams)
    assert len(laid) == PART * 2

    told: list[int] = []
    published = desk.bring_in(job, ROWS, told.append)
    assert told[0] == PART * 2, "it began anew"
    assert published.streams == ROWS == len(desk.streams())
    assert {stream for (stream,) in laid} <= set(desk.streams())
    assert desk.ask("SELECT count(*) FROM events.staged_streams") == [(0,)]
    assert desk.ask("SELECT count(*) FROM events.staged_events") == [(0,)]


def test_a_process_killed_at_any_moment_leaves_none_or_all_and_running_again_finishes(
    desk: Desk, tmp_path: Path
) -> None:
    ledger = write_csv(tmp_path / "old.csv", closed_rows(ROWS))
    (tmp_path / "map.yaml").write_text(MAP, encoding="utf-8")
    environment = os.environ | {
        "REDRESS_HOME": str(tmp_path / "var"),
        "REDRESS_DATABASE_URL": desk.owner_dsn,
    }
    arguments = [sys.executable, "-m", "redress", "import", "run", str(ledger)]
    arguments += ["--map", str(tmp_path / "map.yaml"), "--json"]
    try:
        for kill in (1, 2):
            with subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE) as process:
                _wait_until_laid(desk, process, PART * kill)
                process.send_signal(signal.SIGKILL)
            assert len(desk.streams()) in {0, ROWS}
        done = subprocess.run(arguments, env=environment, capture_output=True, check=True)
    finally:
        # The command gave the role, which all databases here share, a password of its own.
        restore_logins(desk.owner_dsn)
    assert json.loads(done.stdout)["published"]["streams"] == ROWS == len(desk.streams())
    assert desk.ask("SELECT count(*) FROM events.commands") == [(ROWS,)]


def _wait_until_laid(desk: Desk, process: subprocess.Popen[bytes], rows: int) -> None:
    """Until so many rows are laid down, or the process has ended by itself."""
    while process.poll() is None:
        if desk.ask("SELECT count(*) FROM events.staged_streams")[0][0] >= rows:
            return
        time.sleep(0.01)


def test_a_file_that_is_in_stays_as_it_is(desk: Desk, tmp_path: Path) -> None:
    ledger = write_csv(tmp_path / "old.csv", closed_rows(10))
    first = desk.imported(ledger)
    with_other_words = MAP.replace("source: old-desk", "source: other")
    assert desk.bring_in(desk.job(ledger, with_other_words), 10) == first
    assert len(desk.streams()) == 10


def test_another_map_begins_the_unfinished_import_anew(desk: Desk, tmp_path: Path) -> None:
    ledger = write_csv(tmp_path / "old.csv", closed_rows(ROWS))
    with pytest.raises(Interrupted):
        desk.bring_in(desk.job(ledger), ROWS, interrupted_after(PART))
    told: list[int] = []
    job = desk.job(ledger, MAP.replace("source: old-desk", "source: other"))
    desk.bring_in(job, ROWS, told.append)
    assert told[0] == 0
    sources = "SELECT DISTINCT convert_from(body, 'UTF8')::json #>> '{imported,source}'"
    assert desk.ask(f"{sources} FROM events.events") == [("other",)]


def test_two_processes_do_not_bring_in_the_same_file_at_once(desk: Desk, tmp_path: Path) -> None:
    job = desk.job(write_csv(tmp_path / "old.csv", closed_rows(3)))
    holding = staging_of(
        desk.roles["import"], staging=job.fingerprint, plan=b"", service=IMPORTER, registry=REGISTRY
    )
    with holding, pytest.raises(StagingBusy):
        desk.bring_in(job, 3)
    assert desk.bring_in(job, 3).streams == 3


def test_a_file_changed_between_check_and_bringing_in_is_refused(
    desk: Desk, tmp_path: Path
) -> None:
    ledger = write_csv(tmp_path / "old.csv", closed_rows(5))
    job = desk.job(ledger)
    rows = list(closed_rows(5))
    rows[4] |= {"受理渠道": "传真"}
    write_csv(ledger, rows)
    assert fingerprint(ledger) != job.fingerprint
    with pytest.raises(LedgerRefused):
        desk.bring_in(job, 5)
    assert nothing_is_seen(desk)


def test_an_incomplete_staging_and_a_number_taken_meanwhile_never_come_into_force(
    desk: Desk, tmp_path: Path
) -> None:
    rows = list(closed_rows(5))
    first = desk.job(write_csv(tmp_path / "a.csv", rows))
    with pytest.raises(StagingRefused, match="incomplete: 5 of 6"):
        desk.bring_in(first, 6)
    assert nothing_is_seen(desk)
    second = desk.job(write_csv(tmp_path / "b.csv", rows[:2]))
    assert desk.bring_in(first, 5).streams == 5
    with pytest.raises(StagingRefused, match="a number is taken"):
        desk.bring_in(second, 2)
    assert len(desk.streams()) == 5


def test_nobody_publishes_what_another_service_laid_down(desk: Desk) -> None:
    with desk.roles["sla"].transaction() as cursor, pytest.raises(
        psycopg2.errors.InsufficientPrivilege
    ):  # fmt: skip
        cursor.execute("SELECT events.publish('import', 'x', 1)")
    for table in ("events.stagings", "events.staged_streams", "events.staged_events"):
        for role in ("sla", "analytics", "relay"):
            with desk.roles[role].transaction() as cursor, pytest.raises(
                psycopg2.errors.InsufficientPrivilege
            ):  # fmt: skip
                cursor.execute(f"SELECT FROM {table}")
    for table in ("events.events", "keys.case_keys"):
        with desk.roles["import"].transaction() as cursor, pytest.raises(
            psycopg2.errors.InsufficientPrivilege
        ):  # fmt: skip
            cursor.execute(f"SELECT FROM {table}")
