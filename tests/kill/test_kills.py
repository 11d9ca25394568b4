"""Whatever is killed while the enterprise works: nothing acknowledged is lost, nothing is doubled.

The demo's staff work over HTTP and write down every acknowledgement; processes, the database among
them, are killed with SIGKILL at random. When all is quiet again, `verify` holds the journals,
streams, chain, feed, rungs and read models against each other.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from libs.casework.regulations import Regulations
from libs.events.postgres.database import Database
from redress.demo.play import JOURNALS, Script, play
from redress.demo.simulated import SimulatedTime
from redress.demo.staff import Tally
from redress.demo.stage import Stage
from redress.demo.texts import made_up
from redress.home import PROCEDURES, Home
from redress.local.state import RunningState
from redress.verification.promises import verify
from redress.verification.readmodels import read_models

KILLS = int(os.environ.get("REDRESS_KILLS", "20"))
SEED = int(os.environ.get("REDRESS_KILLS_SEED", "20261121"))
COMPLAINTS = 2 * KILLS
"""At this pace they keep the enterprise at work as long as the killer is."""
PAUSES_S = (0.8, 3.0)
SPEED = 600
SETTLED_WITHIN_S = 60


class Silent:
    """An audience that looks elsewhere."""

    def first(self, number: str) -> None: ...

    def scene(self, clock: SimulatedTime, tally: Tally, events: dict[str, int]) -> None: ...


class Killer(threading.Thread):
    """Kills a random process, the database's too, every now and then, `KILLS` times."""

    def __init__(self, home: Home, seed: int) -> None:
        super().__init__(name="killer")
        self._home, self._draw = home, random.Random(seed)
        self.killed: list[str] = []

    def run(self) -> None:
        while len(self.killed) < KILLS:
            time.sleep(self._draw.uniform(*PAUSES_S))
            name, pid = self._draw.choice(self._victims())
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.killed.append(name)

    def _victims(self) -> list[tuple[str, int]]:
        state = RunningState.read(self._home)
        running = [
            (name, service.pid)
            for name, service in (state.services.items() if state else ())
            if service.pid is not None
        ]
        database = self._home.server.status()
        return [*running, ("postgres", database.pid)] if database else running


@pytest.fixture
def stage_home(tmp_path: Path) -> Home:
    return Home(folder=tmp_path / "demo", outside_url=None)


@pytest.mark.timeout(600 + 20 * KILLS)
def test_random_kills_lose_and_double_nothing(stage_home: Home) -> None:
    stage = Stage(stage_home, speed=SPEED, base_port=0)
    clock_state, key = stage.prepare()
    try:
        stage.start(while_waiting=lambda: None)
        killer = Killer(stage_home, seed=SEED)
        killer.start()
        tally = asyncio.run(
            play(
                stage_home,
                dict(stage.addresses),
                Script(per_second=1.2, most=COMPLAINTS, finish_within_s=100 + 2 * KILLS, seed=SEED),
                clock_state=clock_state,
                key=key,
                texts=made_up(50, seed=7),
                audience=Silent(),
                check=stage.check,
            )
        )
        killer.join()
        database = Database(stage_home.owner_url(), application_name="test-kills")
        with contextlib.closing(database):
            findings = _findings_when_settled(database, stage_home)
    finally:
        stage.close()
    print(f"killed: {dict(Counter(killer.killed))}; {tally.steps} steps acknowledged,", end=" ")
    print(f"{tally.repeated} sent again, {len(findings)} findings")
    assert findings == []
    assert len(killer.killed) == KILLS
    assert tally.registered == COMPLAINTS
    # A story that an outage made late may find a rule in its way: an answer like any other.
    assert [refusal for refusal in tally.refused if ": 409 " not in refusal] == []


def _findings_when_settled(database: Database, home: Home) -> list[str]:
    """What is still found when the watchdog and the projections have had time to catch up."""
    regulations = Regulations(PROCEDURES)
    until = time.monotonic() + SETTLED_WITHIN_S
    while True:
        findings = [
            f"{finding.promise}: {finding.stream} {finding.version}: {finding.reason}"
            for result in verify(
                database,
                journal_folders=[home.folder / JOURNALS],
                read_models=read_models(database, regulations, home.keys),
                regulations=regulations,
                watched=True,
                progress=lambda _promise, _count: None,
            )
            for finding in result.findings
        ]
        if not findings or time.monotonic() > until:
            return findings
        time.sleep(2)
