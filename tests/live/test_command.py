"""`redress scenario run --live` and `redress simulation`, as a user gives them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from libs.events.postgres.simulation import make_simulation
from redress.live.stage import Stage

ROOT = Path(__file__).resolve().parents[2]
TOLD = ROOT / "tests" / "scenarios" / "telecom-complaint" / "hall-signature.yaml"
MISTOLD = """
scenario: mistold
procedure: telecom-complaint
times: Asia/Shanghai
steps:
  - {at: '2026-03-02 09:00', do: register, by: agent, unit: henan/hotline, with: {channel: hotline}}
check_at: '2026-03-02 10:00'
expect: {status: closed}
"""


def redress(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "redress", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_cases_are_played_in_a_simulation_of_which_nothing_is_left(tmp_path: Path) -> None:
    mistold, temporary = tmp_path / "mistold.yaml", tmp_path / "temporary"
    mistold.write_text(MISTOLD, encoding="utf-8")
    temporary.mkdir()
    files = (str(TOLD), str(mistold))
    ran = redress("scenario", "run", "--live", *files, TMPDIR=str(temporary))
    assert ran.stdout.splitlines() == [
        f"passed  {TOLD}",
        f"failed  {mistold}",
        "        status is open, expected closed",
        "1 passed, 1 failed",
    ]
    assert ran.returncode == 1
    assert list(temporary.iterdir()) == []
    left = [path for path in Path("/proc").glob("[0-9]*/environ") if _names(path, str(temporary))]
    assert left == []


def test_cases_are_played_in_the_simulation_that_runs(stage: Stage, live_home: Path) -> None:
    epoch = stage.simulation.state().epoch
    ran = redress(
        "scenario", "run", "--live", "--here", str(TOLD), "--json", REDRESS_HOME=str(live_home)
    )
    assert json.loads(ran.stdout)["passed"] == 1
    assert stage.simulation.state().epoch == epoch + 1


def test_where_nothing_runs_nothing_is_played(tmp_path: Path) -> None:
    ran = redress("scenario", "run", "--live", "--here", str(TOLD), REDRESS_HOME=str(tmp_path))
    assert ran.returncode == 1
    assert "`redress up` starts it" in ran.stderr


def test_a_simulation_is_declared_set_and_emptied(fresh_database: str, tmp_path: Path) -> None:
    def simulation(*arguments: str) -> tuple[bool, str, float, int]:
        ran = redress(
            "simulation", *arguments, "--json",
            REDRESS_HOME=str(tmp_path), REDRESS_DATABASE_URL=fresh_database,
        )  # fmt: skip
        told = json.loads(ran.stdout)
        return told["simulation"], told["now_at"], told["speed"], told["epoch"]

    assert simulation("show")[0] is False
    begins = ("declare", "--speed", "0", "--at", "2026-03-02T09:00+08:00")
    assert simulation(*begins) == (True, "2026-03-02T01:00:00Z", 0, 0)
    later = simulation("jump", "2026-03-05T09:00+08:00")
    assert later == (True, "2026-03-05T01:00:00Z", 0, 0)
    assert simulation("run", "60")[2] == 60
    emptied = simulation("reset", "--yes", "--at", "2026-03-02T09:00+08:00", "--speed", "0")
    assert emptied == (True, "2026-03-02T01:00:00Z", 0, 1)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("jump", "2026-03-01T09:00+08:00"), "simulated time never goes back"),
        (("jump", "2026-03-05T09:00"), "an instant looks like"),
    ],
)
def test_what_cannot_be_set_is_told_in_one_line(
    fresh_database: str, tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    make_simulation(fresh_database)
    ran = redress(
        "simulation", *arguments, REDRESS_HOME=str(tmp_path), REDRESS_DATABASE_URL=fresh_database
    )
    assert ran.returncode in {1, 2}
    assert reason in ran.stderr
    assert ran.stderr.count("\n") == 1


def _names(environment: Path, folder: str) -> bool:
    try:
        return folder.encode() in environment.read_bytes()
    except OSError:
        return False
