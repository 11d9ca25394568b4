"""The clock row: what time it is for the store, and how a simulation's time is set.

A database becomes a simulation while it is still empty, and stays one; its time never goes back,
but for a reset, which empties the store and begins a new epoch. Only the database's owner may set
it. Leases, retries and token expiry use real time always.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

import msgspec
import psycopg2

from libs.events.postgres.parking import ParkedStream, list_parked
from libs.events.postgres.statements import statement

_READ = statement("clock_read")
_DECLARE = "SELECT events.declare_simulation(coalesce(%(instant)s, events.now()), %(speed)s)"
_SET = (
    "SELECT events.set_clock(%(instant)s, coalesce(%(speed)s, speed), %(watched)s)"
    " FROM events.clock"
)
_RESET = (
    "SELECT events.reset(coalesce(%(instant)s, clock_timestamp()), coalesce(%(speed)s, speed))"
    " FROM events.clock"
)
_FOLLOWED = statement("followed")
_COUNT_ON = statement("count_on")
_RESET_TRIES = 5


class ClockRefused(Exception):
    """The clock cannot be set so; nothing was changed."""


class ClockState(msgspec.Struct, frozen=True, kw_only=True):
    """The store's time; `speed` is 1 and `now_at` real unless this is a simulation."""

    simulation: bool
    now_at: datetime
    speed: float
    epoch: int


class Simulation:
    """A simulation in its owner's hands, over one connection. Not thread-safe; close it.

    Every change raises ClockRefused for a real store, and then nothing was changed.
    """

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg2.connect(dsn, application_name="redress-clock")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def state(self) -> ClockState:
        """What time it is for the store, and whether that is real time."""
        with self._connection, self._connection.cursor() as cursor:
            return _state(cursor)

    def declare(self, *, speed: float, starts_at: datetime | None = None) -> ClockState:
        """Turn an empty database into a simulation for good, from `starts_at` (None: the present).

        Raises ClockRefused when it holds events already.
        """
        return self._changed(_DECLARE, {"speed": speed, "instant": starts_at})

    def jump(self, instant: datetime, *, watched: bool = True) -> ClockState:
        """Put simulated time forward to `instant`; ClockRefused if that lies in its past.

        Not `watched`: the watchdog does not look until the next jump, so that what happens at this
        very instant comes before what is due at it.
        """
        return self._changed(_SET, {"speed": None, "instant": instant, "watched": watched})

    def run_at(self, speed: float) -> ClockState:
        """Let simulated time run `speed` times as fast as real time (600: ten minutes a second; 0:
        it stands still).
        """
        return self._changed(_SET, {"speed": speed, "instant": None, "watched": True})

    def reset(self, *, starts_at: datetime | None = None, speed: float | None = None) -> ClockState:
        """Empty the store: events, keys, numbers, every service's tables; a new epoch begins.

        From `starts_at` (None: the real present), at `speed` (None: as before). What services are
        writing is finished first or refused; they follow by themselves.
        """
        values = {"speed": speed, "instant": starts_at}
        for _ in range(_RESET_TRIES - 1):
            # Locks are taken in the order of the services' own; who meets a deadlock all the same
            # has changed nothing.
            with contextlib.suppress(psycopg2.errors.DeadlockDetected):
                return self._changed(_RESET, values)
        return self._changed(_RESET, values)

    def count_on(self, series: str, resets: str, zone: str, at: datetime, running: int) -> None:
        """Let the numbers of a series go on after `running` in the period in which `at` lies."""
        values = {"series": series, "resets": resets, "zone": zone, "at": at, "running": running}
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute(_COUNT_ON, values)

    def followed(self, projections: Sequence[str]) -> bool:
        """Whether the effect of every committed event is stored by all of these projections."""
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute(_FOLLOWED, {"projections": list(projections)})
            row = cursor.fetchone()
        return row is not None and bool(row[0])

    def parked(self) -> list[ParkedStream]:
        """Streams that a projection could not apply."""
        with self._connection, self._connection.cursor() as cursor:
            return list_parked(cursor)

    def _changed(self, statement: str, values: dict[str, Any]) -> ClockState:
        try:
            with self._connection, self._connection.cursor() as cursor:
                cursor.execute(statement, values)
                return _state(cursor)
        except psycopg2.errors.CheckViolation as error:
            raise ClockRefused("the speed of a simulation is 0 or more") from error
        except psycopg2.errors.RaiseException as error:
            raise ClockRefused(error.diag.message_primary) from error


def make_simulation(
    dsn: str, *, speed: float = 1.0, starts_at: datetime | None = None
) -> ClockState:
    """`Simulation.declare`, over a connection of its own; so are those below."""
    with Simulation(dsn) as simulation:
        return simulation.declare(speed=speed, starts_at=starts_at)


def set_speed(dsn: str, speed: float) -> ClockState:
    """`Simulation.run_at`."""
    with Simulation(dsn) as simulation:
        return simulation.run_at(speed)


def step_to(dsn: str, instant: datetime) -> ClockState:
    """`Simulation.jump`."""
    with Simulation(dsn) as simulation:
        return simulation.jump(instant)


def read_clock(dsn: str) -> ClockState:
    """`Simulation.state`."""
    with Simulation(dsn) as simulation:
        return simulation.state()


def _state(cursor: psycopg2.extensions.cursor) -> ClockState:
    cursor.execute(_READ)
    row = cursor.fetchone()
    assert row is not None
    simulation, now_at, speed, epoch = row
    return ClockState(simulation=simulation, now_at=now_at, speed=speed, epoch=epoch)
