"""Replicas killed at any moment leave no rung missing and none double."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable

from tests.sla.drill import Drill

COMPLAINTS = 60
RUNGS_EACH = 5


def replica(dsn: str) -> subprocess.Popen[str]:
    """A process that is ready to watch and waits for the word."""
    command = [sys.executable, "-m", "tests.sla.replica", dsn]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def set_going(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("watch\n")
    process.stdin.flush()
    assert process.stdout.readline() == "watching\n"


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_killed_replicas_lose_nothing_and_double_nothing(
    drill: Drill, role_dsn: Callable[..., str]
) -> None:
    replicas = [replica(role_dsn("redress_sla")) for _ in range(4)]
    complaints = [drill.register() for _ in range(COMPLAINTS)]
    for complaint in complaints:
        drill.issue(complaint)
    drill.after(200)
    drill.project()
    chance = random.Random(4)
    working = [replicas.pop(), replicas.pop()]
    for process in working:
        set_going(process)
    while replicas:
        time.sleep(chance.uniform(0, 0.05))
        kill(working.pop(0))
        assert drill.rows(), "killed too late to prove anything"
        working.append(replicas.pop())
        set_going(working[-1])
    while drill.rows():
        time.sleep(0.05)
    for process in working:
        kill(process)
    for complaint in complaints:
        types = drill.types(complaint)
        assert types.count("DeadlineWarned") == 3
        assert types.count("DeadlineMissed") == 2
    assert len(drill.rungs()) == RUNGS_EACH * COMPLAINTS
