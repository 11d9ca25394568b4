"""Connections to one database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import psycopg2
from psycopg2 import extensions

from libs.events.errors import StoreUnavailable

Connection: TypeAlias = extensions.connection
Cursor: TypeAlias = extensions.cursor

# No compiling of plans: ours are short, and where index scans are forced their estimates are so
# enormous that a server with LLVM compiles each of them anew (measured: 2 ms become 600 ms).
_SESSION = "-c timezone=UTC -c idle_in_transaction_session_timeout=60000 -c jit=off"


class Database:
    """Up to `max_connections` connections for one process and role; safe to share between threads.

    They are opened when needed. A transaction waits while all are out. A server that is away
    raises StoreUnavailable; the next transaction tries anew.
    """

    def __init__(self, dsn: str, *, application_name: str, max_connections: int = 8) -> None:
        self._dsn, self._name = dsn, application_name
        self._free = threading.BoundedSemaphore(max_connections)
        self._idle: list[Connection] = []

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """A cursor in a transaction: committed at the end, rolled back when the block raises.

        Raises StoreUnavailable when the connection is lost; the outcome is then unknown.
        """
        with self._free:
            connection = self._take()
            try:
                with connection, connection.cursor() as cursor:
                    yield cursor
            except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
                if connection.closed:
                    raise StoreUnavailable(str(error).strip()) from error
                raise
            finally:
                if connection.closed:
                    self._drop_idle()  # what broke this one has most likely broken the others
                else:
                    self._idle.append(connection)

    def connect(self, *, nonblocking: bool = False) -> Connection:
        """A connection of the caller's own, in autocommit, outside the pool; he closes it.

        `nonblocking`: in psycopg2's asynchronous mode, still connecting, for the caller to poll.
        Raises StoreUnavailable.
        """
        try:
            connection = psycopg2.connect(
                self._dsn,
                application_name=self._name,
                options=_SESSION,
                connect_timeout=10,
                async_=int(nonblocking),
            )
        except psycopg2.OperationalError as error:
            raise StoreUnavailable(str(error).strip()) from error
        if not nonblocking:
            connection.autocommit = True
        return connection

    def close(self) -> None:
        """Close what is not in use."""
        self._drop_idle()

    def _take(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            connection = self.connect()
            connection.autocommit = False
            return connection

    def _drop_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()
