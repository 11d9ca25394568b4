"""A run judged by the limit laid down, as figures are counted: extensions do not help."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from libs.procedures.clocks.runs import Run

LaidDown = Literal["late", "in-time", "running"]


def laid_down(run: Run, now: datetime) -> LaidDown | None:
    """How a run stands at `now`: done late or not at all though its limit is over, done in time, or
    still running. None where it made nothing due: it never came to count, or was cancelled in time.
    """
    limit_at = run.first_due_at
    if limit_at is None or run.phase == "waiting":
        return None
    if run.ended_at is None:
        return "late" if now > limit_at else "running"
    if run.ended_at > limit_at:
        return "late"
    return "in-time" if run.phase == "stopped" else None


def laid_down_by(run: Run, now: datetime, ended_at: datetime | None) -> LaidDown | None:
    """The same, where another event than the run's own stop ends it; `ended_at`: when it came."""
    limit_at = run.first_due_at
    if limit_at is None or run.phase in {"waiting", "lapsed"}:
        return None
    if ended_at is None:
        return "late" if now > limit_at else "running"
    return "late" if ended_at > limit_at else "in-time"


def longest_delay(runs: Iterable[Run]) -> timedelta | None:
    """The longest time by which one of these runs was stopped after its limit; None: none was."""
    return max((_delay(run, run.ended_at) for run in runs if run.phase == "stopped"), default=None)


def delay_by(runs: Iterable[Run], ended_at: datetime | None) -> timedelta | None:
    """The same, where another event ends them."""
    judged = (run for run in runs if run.phase not in {"waiting", "lapsed"})
    return max((_delay(run, ended_at) for run in judged), default=None)


def _delay(run: Run, ended_at: datetime | None) -> timedelta:
    if run.first_due_at is None or ended_at is None:
        return timedelta()
    return max(ended_at - run.first_due_at, timedelta())
