"""Reading the store for verification, in one snapshot, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from psycopg2 import extensions

from libs.events.postgres.database import Database
from redress.verification.chains import Row
from redress.verification.commands import Told
from redress.verification.journals import Stored

_SQL = Path(__file__).parent / "sql"
_PAGE = 2000


class StoreSnapshot:
    """The store as of one instant; big tables are read by a server-side cursor."""

    def __init__(self, connection: extensions.connection) -> None:
        self._connection = connection

    def events(self) -> Iterator[Row]:
        """Every event, ordered by stream and version."""
        return self._rows("events")

    def feed(self) -> Iterator[tuple[int, str, int]]:
        """Every feed row (position, stream, version), ordered by position."""
        return self._rows("feed")

    def heads(self) -> dict[str, tuple[int, bytes]]:
        """What each stream's head says: version and hash."""
        return {row[0]: (row[1], bytes(row[2])) for row in self._rows("heads")}

    def waiting(self) -> dict[str, int]:
        """How many events of each stream wait in the outbox."""
        return dict(self._rows("waiting"))

    def commands(self) -> dict[str, Stored]:
        """Each command's stored result: stream, first and last version, number."""
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in self._rows("commands")}

    def told(self) -> Iterator[Told]:
        """Every event beside the command at its place, ordered by stream and version."""
        return self._rows("told")

    def notices(self) -> Iterator[tuple[str, int, str | None, str | None]]:
        """Events to be told beside the notices kept: stream, version, and the type of each."""
        return self._rows("notices")

    def files(self) -> Iterator[tuple[str, int, str, int, int]]:
        """Files that events name: stream, version, name, chunks and bytes kept of it."""
        return self._rows("files")

    def time(self) -> tuple[datetime, float, datetime]:
        """The store's time, how many times faster than life it passes, and its last event's."""
        return next(self._rows("time"))

    def _rows(self, name: str) -> Iterator[tuple]:  # type: ignore[type-arg]
        statement = (_SQL / f"{name}.sql").read_text(encoding="utf-8")
        with self._connection.cursor(name=f"verify_{name}") as cursor:
            cursor.itersize = _PAGE
            cursor.execute(statement)
            yield from cursor


@contextmanager
def snapshot(database: Database) -> Iterator[StoreSnapshot]:
    """One instant of the store; writers are not held up and what they add is not seen."""
    connection = database.connect()
    try:
        # Repeatable read: all tables are seen as of the first statement.
        connection.set_session(
            isolation_level=extensions.ISOLATION_LEVEL_REPEATABLE_READ,
            readonly=True,
            autocommit=False,
        )
        yield StoreSnapshot(connection)
    finally:
        connection.close()
