"""`redress scenario run --live` and `redress simulation`, as a user gives them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from libs.events.postgres.simulation import make_simulation
from redress.home import Home
from redress.live.stage import Stage
from redress.local.state import RunningState
from redress.main import main
from tests.live.conftest import OUTSIDE

Command = Callable[..., tuple[int, str, str]]

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


@pytest.fixture
def redress(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs `redress ...` with a home (and a database): exit code, output, what it complains of."""

    def run(*arguments: str, home: Path, database: str | None = None) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["redress", *arguments])
        monkeypatch.setenv("REDRESS_HOME", str(home))
        if database is None:
            monkeypatch.delenv("REDRESS_DATABASE_URL", raising=False)
        else:
            monkeypatch.setenv("REDRESS_DATABASE_URL", database)
        with pytest.raises(SystemExit) as leaving:
            main()
        said = capfd.readouterr()
        return int(leaving.value.code or 0), said.out, said.err

    return run


def test_cases_are_played_in_the_simulation_that_runs(
    redress: Command, stage: Stage, live_home: Path, tmp_path: Path
) -> None:
    epoch, mistold = stage.simulation.state().epoch, tmp_path / "mistold.yaml"
    mistold.write_text(MISTOLD, encoding="utf-8")
    files = (str(TOLD), str(mistold))
    code, out, _ = redress("scenario", "run", "--live", "--here", *files, home=live_home)
    assert out.splitlines() == [
        f"passed  {TOLD}",
        f"failed  {mistold}",
        "        status is open, expected closed",
        "1 passed, 1 failed",
    ]
    assert code == 1
    assert stage.simulation.state().epoch == epoch + 2


def test_a_rehearsal_tells_nobody_outside(live_home: Path) -> None:
    state = RunningState.read(Home(folder=live_home, outside_url=None))
    assert state is not None
    for service in state.services.values():
        settings = Path(f"/proc/{service.pid}/environ").read_bytes()
        assert b"REDRESS_PORT" in settings
        assert OUTSIDE.encode() not in settings


def test_where_nothing_runs_nothing_is_played(redress: Command, tmp_path: Path) -> None:
    code, _, err = redress("scenario", "run", "--live", "--here", str(TOLD), home=tmp_path)
    assert code == 1
    assert "`redress up` starts it" in err


def test_a_simulation_is_declared_set_and_emptied(
    redress: Command, fresh_database: str, tmp_path: Path
) -> None:
    def simulation(*arguments: str) -> tuple[bool, str, float, int]:
        code, out, err = redress(
            "simulation", *arguments, "--json", home=tmp_path, database=fresh_database
        )
        assert code == 0, err
        told = json.loads(out)
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
    redress: Command, fresh_database: str, tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    make_simulation(fresh_database)
    code, _, err = redress("simulation", *arguments, home=tmp_path, database=fresh_database)
    assert code in {1, 2}
    assert reason in err
    assert err.count("\n") == 1
