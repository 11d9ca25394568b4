"""Hearing at once that a simulation's clock was set: nobody has to look again and again.

A hint only. Whoever is woken looks at the clock row itself, and looks now and then anyhow.
"""

from __future__ import annotations

import select
import threading

import psycopg2
import structlog

from libs.events.errors import StoreUnavailable
from libs.events.postgres.database import Connection, Database

_CHANNEL = "redress_clock"
_LOOK_UP_S = 0.5
_AWAY_S = 1.0

_log = structlog.get_logger(__name__)


class Alarm:
    """Wakes whoever rests. Safe to share between threads."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rung = 0

    @property
    def rung(self) -> int:
        """How often it has rung so far."""
        return self._rung

    def ring(self) -> None:
        """Wake all."""
        with self._condition:
            self._rung += 1
            self._condition.notify_all()

    def rest(self, rung: int, seconds: float) -> None:
        """Rest for so long, or until it has rung more often than `rung` times."""
        with self._condition:
            self._condition.wait_for(lambda: self._rung != rung, seconds)


class ClockWatch:
    """Rings the alarm whenever the store's clock is set or the store is reset."""

    def __init__(self, database: Database, alarm: Alarm) -> None:
        self._database, self._alarm = database, alarm

    def run(self, stop: threading.Event) -> None:
        """Listen until `stop`; a database that is away is called again."""
        while not stop.is_set():
            try:
                self._listen(stop)
            except (psycopg2.Error, StoreUnavailable) as error:
                _log.warning("clock_unheard", error=type(error).__name__)
                stop.wait(_AWAY_S)

    def _listen(self, stop: threading.Event) -> None:
        connection = self._database.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {_CHANNEL}")
            self._alarm.ring()  # whatever was said before is not heard any more
            while not stop.is_set():
                if _heard(connection):
                    self._alarm.ring()
        finally:
            connection.close()


def _heard(connection: Connection) -> bool:
    select.select([connection], [], [], _LOOK_UP_S)
    connection.poll()
    heard = bool(connection.notifies)
    connection.notifies.clear()
    return heard
