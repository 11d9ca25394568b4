"""Numbered SQL migrations: each file once, in its own transaction, never changed afterwards.

An area is a folder of files `NNNN_name.sql`. The areas are `events` (the stream, first) and one per
service that has a folder `migrations`. What was applied is kept in `migrations.applied` with the
SHA-256 of each file.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2.extensions import cursor

# Any number will do as long as every version of the product uses the same one ("REDRESS" in hex).
_LOCK = 0x52454452455353
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_TABLE = Path(__file__).parent / "sql" / "migrations_table.sql"


class MigrationError(Exception):
    """The database and the files disagree, or a file failed; earlier files stay applied."""


@dataclass(frozen=True, order=True)
class Migration:
    """One file: its area, number and exact bytes."""

    area: str
    number: int
    path: Path

    @property
    def name(self) -> str:
        """How it is called in messages, such as `events/0001_streams.sql`."""
        return f"{self.area}/{self.path.name}"

    @property
    def checksum(self) -> str:
        """SHA-256 of the file, in hex."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def shipped_areas() -> dict[str, Path]:
    """Every area of this installation: the stream first, then the services by name."""
    root = Path(__file__).parents[3]
    services = sorted((root / "services").glob("*/migrations"))
    return {
        "events": Path(__file__).parent / "migrations",
        **{folder.parent.name: folder for folder in services},
    }


def migrate(dsn: str, areas: dict[str, Path] | None = None) -> list[str]:
    """Bring the database up to date and return the names of the files applied now.

    Safe to repeat and to run from several processes at once: one works, the others wait and find
    nothing to do. Needs a role that may create schemas and roles. Raises MigrationError.
    """
    with _exclusive(dsn) as database:
        database.execute(_TABLE.read_text(encoding="utf-8"))
        due = _due(database, areas)
        for each in due:
            _apply(database, each)
        return [each.name for each in due]


def pending(dsn: str, areas: dict[str, Path] | None = None) -> list[str]:
    """Names of the files that `migrate` would apply; changes nothing.

    Waits for a migration under way; raises MigrationError on a disagreement.
    """
    with _exclusive(dsn) as database:
        return [each.name for each in _due(database, areas)]


def _due(database: cursor, areas: dict[str, Path] | None) -> list[Migration]:
    wanted = _migrations(shipped_areas() if areas is None else areas)
    applied = _applied(database)
    _check(wanted, applied)
    return [each for each in wanted if (each.area, each.number) not in applied]


def _applied(database: cursor) -> dict[tuple[str, int], tuple[str, str]]:
    database.execute("SELECT to_regclass('migrations.applied')")
    if database.fetchone() == (None,):
        return {}
    database.execute("SELECT area, number, name, checksum FROM migrations.applied")
    return {(area, number): (name, checksum) for area, number, name, checksum in database}


def _migrations(areas: dict[str, Path]) -> list[Migration]:
    found = []
    for area, folder in areas.items():
        numbers: dict[int, Path] = {}
        for path in sorted(folder.glob("*.sql")):
            match = _NAME.fullmatch(path.name)
            if match is None:
                raise MigrationError(f"{area}/{path.name}: not named NNNN_name.sql")
            number = int(match[1])
            if number in numbers:
                raise MigrationError(
                    f"{area}: {numbers[number].name} and {path.name} have one number"
                )
            numbers[number] = path
            found.append(Migration(area, number, path))
    return found


@contextlib.contextmanager
def _exclusive(dsn: str) -> Iterator[cursor]:
    session = psycopg2.connect(dsn, application_name="redress-migrate")
    try:
        session.autocommit = True
        with session.cursor() as database:
            # Held by the session, so that it spans the transactions of all files.
            database.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            yield database
    finally:
        session.close()


def _check(wanted: Sequence[Migration], applied: dict[tuple[str, int], tuple[str, str]]) -> None:
    known = {(each.area, each.number): each for each in wanted}
    for key, (name, checksum) in sorted(applied.items()):
        if key not in known:
            raise MigrationError(
                f"the database has {name}, which this version does not know: it is newer"
            )
        if known[key].checksum != checksum:
            raise MigrationError(
                f"{name} was changed after it was applied: restore it and add a new file"
            )


def _apply(database: cursor, migration: Migration) -> None:
    database.execute("BEGIN")
    try:
        before = _transaction(database)
        database.execute(migration.path.read_text(encoding="utf-8"))
        if _transaction(database) != before:
            raise MigrationError(f"{migration.name} ends its transaction, which is ours to end")
        database.execute(
            "INSERT INTO migrations.applied (area, number, name, checksum) VALUES (%s, %s, %s, %s)",
            (migration.area, migration.number, migration.name, migration.checksum),
        )
        database.execute("COMMIT")
    except psycopg2.Error as error:
        raise MigrationError(f"{migration.name}: {str(error).strip()}") from error


def _transaction(database: cursor) -> str:
    database.execute("SELECT pg_current_xact_id()::text")
    row = database.fetchone()
    assert row is not None
    return str(row[0])
