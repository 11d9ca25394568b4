"""The one that gives events their place: drains the outbox into the feed, fenced by an epoch."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable

import psycopg2
import structlog

from libs import metrics
from libs.events.errors import StoreUnavailable
from libs.events.postgres.database import Connection, Database
from libs.events.postgres.statements import statement

_SEQUENCE = statement("sequence")
_TAKE = statement("lease_take")
_RENEW = statement("lease_renew")
_RELEASE = statement("lease_release")

_IDLE_S = 0.03
_BUSY_S = 0.004
_STANDBY_S = 0.5
_LONGEST_BACKOFF_S = 5.0

_log = structlog.get_logger(__name__)


class Sequencer:
    """Moves committed outbox rows to the feed, at dense positions, in the order of each stream.

    Any number may run; the one with the lease works. The lease is a row with an epoch: it is
    renewed at least every `patience / 4` seconds by the database's clock and may be taken over
    after `patience` seconds of silence. The epoch is checked by the statement that moves the rows,
    so one that was frozen and replaced changes nothing when it comes back. Not thread-safe: one
    thread steps it. `idle` waits for news at most so many seconds; `on_moved` is called whenever
    events have got their positions.
    """

    def __init__(
        self,
        database: Database,
        *,
        holder: str | None = None,
        patience: float = 3.0,
        idle: Callable[[threading.Event, float], object] = threading.Event.wait,
        on_moved: Callable[[], None] | None = None,
    ) -> None:
        self._database = database
        self._holder = holder or f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._patience = patience
        self._idle, self._on_moved = idle, on_moved
        self._connection: Connection | None = None
        self._epoch: int | None = None
        self._renewed = 0.0
        self.answered_at = 0.0
        """Monotonic time of the database's last answer, in seconds."""

    @property
    def leading(self) -> bool:
        """Whether this one held the lease when it last asked."""
        return self._epoch is not None

    def step(self, limit: int = 2000) -> int:
        """Move about `limit` of the oldest committed rows (a stream's rows up to the last of them).

        Returns how many moved: 0 when nothing waits or another holds the lease. Safe to repeat
        after any error; what was lost is only the answer. Raises psycopg2.Error
        or StoreUnavailable.
        """
        if self._epoch is None and not self._take():
            return 0
        moved = int(self._execute(_SEQUENCE, {"epoch": self._epoch, "limit": limit}) or 0)
        if moved:
            self._renewed = time.monotonic()
        elif time.monotonic() - self._renewed > self._patience / 4:
            self._renew()
        return moved

    def run(self, stop: threading.Event) -> None:
        """Step until `stop`, then give the lease back; database errors are waited out."""
        backoff = _IDLE_S
        while not stop.is_set():
            try:
                moved = self.step()
                backoff = _IDLE_S
                metrics.RELAY_MOVED.inc(moved)
                metrics.RELAY_LEADING.set(self.leading)
                if moved and self._on_moved is not None:
                    self._on_moved()
                self._idle(stop, self._pause(moved))
            except (psycopg2.Error, StoreUnavailable) as error:
                metrics.RELAY_ERRORS.inc()
                _log.warning("sequencer_waits", error=type(error).__name__, seconds=backoff)
                self._disconnect()
                stop.wait(backoff)
                backoff = min(backoff * 2, _LONGEST_BACKOFF_S)
        self.release()

    def release(self) -> None:
        """Give the lease back, so that another can start at once, and disconnect."""
        try:
            if self._epoch is not None:
                self._execute(_RELEASE, {"epoch": self._epoch})
        except (psycopg2.Error, StoreUnavailable) as error:
            # The lease then ends by itself.
            _log.warning("lease_not_released", error=type(error).__name__)
        self._epoch = None
        self._disconnect()

    def _pause(self, moved: int) -> float:
        if self._epoch is None:
            return _STANDBY_S
        return _BUSY_S if moved else _IDLE_S

    def _take(self) -> bool:
        epoch = self._execute(_TAKE, {"holder": self._holder, "patience": self._patience})
        if epoch is None:
            return False
        self._epoch, self._renewed = int(epoch), time.monotonic()
        _log.info("lease_taken", epoch=self._epoch, holder=self._holder)
        return True

    def _renew(self) -> None:
        if self._execute(_RENEW, {"epoch": self._epoch}) is None:
            _log.warning("lease_lost", epoch=self._epoch, holder=self._holder)
            self._epoch = None
        else:
            self._renewed = time.monotonic()

    def _execute(self, statement: str, values: dict[str, object]) -> int | None:
        # Autocommit: each statement is its own transaction, so a frozen process holds no lock.
        if self._connection is None:
            self._connection = self._connect()
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            row = cursor.fetchone() if cursor.description else None
        self.answered_at = time.monotonic()
        return None if row is None else int(row[0])

    def _connect(self) -> Connection:
        connection = self._database.connect()
        with connection.cursor() as cursor:
            # The outbox is nearly empty but for dead rows, which only its index passes over fast.
            cursor.execute("SET enable_seqscan = off")
        return connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
