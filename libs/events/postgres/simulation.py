"""The clock row: what time it is for the store, and how a simulation's time is set.

A database becomes a simulation while it is still empty, and stays one; its time never goes back.
Only the database's owner may set it. Leases, retries and token expiry use real time always.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg2

_READ = (Path(__file__).parent / "sql" / "clock_read.sql").read_text()
_DECLARE = "SELECT events.declare_simulation(coalesce(%(instant)s, events.now()), %(speed)s)"
_SET = "SELECT events.set_clock(%(instant)s, coalesce(%(speed)s, speed)) FROM events.clock"


class ClockRefused(Exception):
    """The clock cannot be set so; nothing was changed."""


class ClockState(msgspec.Struct, frozen=True, kw_only=True):
    """The store's time; `speed` is 1 and `now_at` real unless this is a simulation."""

    simulation: bool
    now_at: datetime
    speed: float
    epoch: int


def make_simulation(
    dsn: str, *, speed: float = 1.0, starts_at: datetime | None = None
) -> ClockState:
    """Turn an empty database into a simulation for good, from `starts_at` (None: the present).

    Raises ClockRefused when it holds events already.
    """
    return _changed(dsn, _DECLARE, {"speed": speed, "instant": starts_at})


def set_speed(dsn: str, speed: float) -> ClockState:
    """Let simulated time run `speed` times as fast as real time (600: ten minutes a second)."""
    return _changed(dsn, _SET, {"speed": speed, "instant": None})


def step_to(dsn: str, instant: datetime) -> ClockState:
    """Put simulated time forward to `instant`; ClockRefused if that lies in its past."""
    return _changed(dsn, _SET, {"speed": None, "instant": instant})


def read_clock(dsn: str) -> ClockState:
    """What time it is for the store, and whether that is real time."""
    with _transaction(dsn) as cursor:
        return _state(cursor)


def _changed(dsn: str, statement: str, values: dict[str, Any]) -> ClockState:
    try:
        with _transaction(dsn) as cursor:
            cursor.execute(statement, values)
            return _state(cursor)
    except psycopg2.errors.CheckViolation as error:
        raise ClockRefused("the speed of a simulation must be above 0") from error
    except psycopg2.errors.RaiseException as error:
        raise ClockRefused(error.diag.message_primary) from error


def _state(cursor: psycopg2.extensions.cursor) -> ClockState:
    cursor.execute(_READ)
    row = cursor.fetchone()
    assert row is not None
    simulation, now_at, speed, epoch = row
    return ClockState(simulation=simulation, now_at=now_at, speed=speed, epoch=epoch)


@contextlib.contextmanager
def _transaction(dsn: str) -> Iterator[psycopg2.extensions.cursor]:
    connection = psycopg2.connect(dsn, application_name="redress-clock")
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
