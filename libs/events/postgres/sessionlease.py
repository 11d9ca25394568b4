"""A lease that lives as long as a session with the database."""

from __future__ import annotations

import contextlib

import psycopg2

from libs.events.errors import StoreUnavailable
from libs.events.postgres.database import Connection, Database
from libs.events.postgres.statements import statement

_TAKE = statement("session_lease_take")
_CHECK = statement("session_lease_check")


class SessionLease:
    """Held by at most one process at a time; `key` is the same number for all that compete.

    There is no fencing: one that was frozen may believe in it for a moment after its session was
    ended. It is for work where that does no harm, such as telling figures. Not thread-safe.
    """

    def __init__(self, database: Database, key: int) -> None:
        self._database, self._key = database, key
        self._session: Connection | None = None
        self._held = False

    def held(self) -> bool:
        """Whether this process has it now; takes it where it is free. No database: no lease."""
        try:
            return self._ask()
        except (psycopg2.Error, StoreUnavailable):
            self.release()
            return False

    def release(self) -> None:
        """End the session, and with it the lease; repeatable."""
        session, self._session, self._held = self._session, None, False
        if session is not None:
            with contextlib.suppress(psycopg2.Error):
                session.close()

    def _ask(self) -> bool:
        if self._session is None:
            self._session = self._database.connect()
        with self._session.cursor() as cursor:
            # A session that answers has not lost what it held.
            cursor.execute(_CHECK if self._held else _TAKE, {"key": self._key})
            row = cursor.fetchone()
        self._held = row == (True,)
        return self._held
