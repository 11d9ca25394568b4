"""Looks at what is due and what comes up, for the gauges."""

from __future__ import annotations

import threading

import structlog

from libs.events.postgres.database import Database
from libs.events.postgres.faults import is_transient
from libs.metrics import WATCHDOG_BACKLOG, WATCHDOG_DUE_NEXT_HOUR, WATCHDOG_PARKED
from services.sla.sql import SQL

log = structlog.get_logger(__name__)

EVERY_S = 5.0


class Gauges:
    """Sets backlog, due next hour and parked every few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def look(self) -> None:
        """Set them once."""
        with self._database.transaction() as cursor:
            cursor.execute(SQL["count_due"])
            row = cursor.fetchone()
        assert row is not None
        backlog, due_next_hour, parked = row
        WATCHDOG_BACKLOG.set(backlog)
        WATCHDOG_DUE_NEXT_HOUR.set(due_next_hour)
        WATCHDOG_PARKED.set(parked)

    def run(self, stop: threading.Event) -> None:
        """Look again and again until `stop` is set."""
        while not stop.is_set():
            try:
                self.look()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("gauges_wait", error=type(error).__name__)
            stop.wait(EVERY_S)
