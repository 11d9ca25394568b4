"""Resets in the middle of work: every answer is a known one, and nothing is half gone."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from datetime import UTC, datetime

from libs.access.identity import Subject
from libs.complaints.commands import Refusal
from redress.live.callers import Callers
from redress.live.playing import CONSUMERS, until
from redress.live.stage import Stage
from tests.live.test_reset import REGISTRATION

AGENT = Subject(staff="s-1", role="agent", unit="henan/hotline")
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
WORKERS, RESETS = 4, 12
# 410: the key went between a look at the case and the sealing of what is added to it.
KNOWN = {"http-404", "http-409", "http-410", "http-412"}


class Desk(threading.Thread):
    """Registers and supplements until told to stop; `met`: refusals beyond those of a reset."""

    def __init__(self, stage: Stage, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._callers, self._stop_asked = Callers(stage.addresses, stage.key), stop
        self.met: list[object] = []
        self.taken = 0

    def run(self) -> None:
        with contextlib.closing(self._callers):
            while not self._stop_asked.is_set():
                try:
                    self._life()
                except Exception as error:  # noqa: BLE001 - told by the test
                    self.met.append(error)

    def _life(self) -> None:
        complaint = self._callers.take(AGENT, "register", None, REGISTRATION)
        for _ in range(3):
            if isinstance(complaint, Refusal):
                self.met += [each.rule for each in complaint.broken if each.rule not in KNOWN]
                return
            self.taken += 1
            more = {"with": {"content": "补充"}}
            complaint = self._callers.take(AGENT, "supplement", complaint, more)


def test_work_goes_on_through_resets(stage: Stage) -> None:
    stop, draw = threading.Event(), random.Random(3)
    stage.simulation.reset(starts_at=MORNING, speed=3600)
    desks = [Desk(stage, stop) for _ in range(WORKERS)]
    for desk in desks:
        desk.start()
    for _ in range(RESETS):
        time.sleep(draw.uniform(0.05, 0.3))  # So that work is in every state when it is cut off.
        stage.simulation.reset(starts_at=MORNING, speed=3600)
    stop.set()
    for desk in desks:
        desk.join(60)
    assert [met for desk in desks for met in desk.met] == []
    assert all(desk.taken > RESETS for desk in desks)
    until(lambda: stage.simulation.followed(CONSUMERS), "the projections")
    assert stage.simulation.parked() == []
