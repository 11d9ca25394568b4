"""Connections to one database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import psycopg2
from psycopg2 import extensions
from psycopg2.pool import ThreadedConnectionPool

Connection: TypeAlias = extensions.connection
Cursor: TypeAlias = extensions.cursor


class Database:
    """A pool of connections for one process and role; safe to share between threads.

    Connections are opened when needed. More than `max_connections` at once raises
    psycopg2.pool.PoolError.
    """

    def __init__(self, dsn: str, *, application_name: str, max_connections: int = 8) -> None:
        self._dsn, self._name = dsn, application_name
        self._pool = ThreadedConnectionPool(
            0, max_connections, dsn, application_name=application_name
        )

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """A cursor in a transaction: committed at the end, rolled back when the block raises."""
        connection = self._pool.getconn()
        try:
            with connection, connection.cursor() as cursor:
                yield cursor
        finally:
            # A connection that broke is closed by the pool and not handed out again.
            self._pool.putconn(connection)

    def connect(self) -> Connection:
        """A connection of the caller's own, in autocommit, outside the pool; he closes it."""
        connection = psycopg2.connect(self._dsn, application_name=self._name)
        connection.autocommit = True
        return connection

    def close(self) -> None:
        """Close the pool's connections."""
        self._pool.closeall()
