"""Rebuilding a projection's tables beside the live ones, comparing, and switching.

The new tables grow in the schema `<schema>_rebuild` while readers and the live runner go on with
the old ones. The switch is one transaction: it holds the live runner at its position, brings the
new tables to the same one, compares, and exchanges the tables; the old ones stay in
`<schema>_retired` until the next rebuild. Nothing but tables is touched: a projection has no side
effects. Run by the owner of the tables.
"""

from __future__ import annotations

import msgspec
from psycopg2 import sql

from libs.events.postgres import progress
from libs.events.postgres.applying import Projection, apply_page
from libs.events.postgres.database import Cursor, Database
from libs.events.postgres.feed import read_feed
from libs.events.postgres.parking import ParkingLimits, count_parked
from libs.events.postgres.progress import Build
from libs.events.postgres.projection import move_on, use_schema
from libs.events.postgres.statements import statement

_BEGIN = statement("build_rebuild")
_RETIRE = statement("build_retire")
_ENLIVEN = statement("build_enliven")
_INHERIT = statement("delivery_inherit")
_DISCARD = statement("build_discard")
_GRANTS = statement("table_grants")
_LIVE_WRITES = statement("live_writes")
_CHECKSUM = statement("table_checksum")


class RebuildRefused(Exception):
    """The rebuild cannot go on or be switched to; the live tables are as they were."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Live and rebuilt tables at one feed position: rows and an order-free checksum per table."""

    position: int
    live: dict[str, tuple[int, str]]
    rebuilt: dict[str, tuple[int, str]]

    @property
    def differing(self) -> list[str]:
        """The tables whose contents differ."""
        return [table for table in self.live if self.live[table] != self.rebuilt[table]]


class Rebuild:
    """One rebuild of one projection; every step can be repeated after a crash.

    Call `begin`, then `catch_up` until it returns 0, then `switch`. Columns in `ignored` say how a
    row came about, not what it says: they may differ.
    """

    def __init__(
        self,
        database: Database,
        projection: Projection,
        *,
        page: int = 1000,
        ignored: tuple[str, ...] = (),
    ) -> None:
        self._database = database
        self._projection = projection
        self._page = page
        self._ignored = ignored
        self._growing = f"{projection.schema}_rebuild"
        self._retired = f"{projection.schema}_retired"

    def begin(self) -> None:
        """Make empty tables beside the live ones, dropping an unfinished or retired build.

        Raises RebuildRefused when the projection has never run.
        """
        with self._database.transaction() as cursor:
            for state, schema in (("rebuild", self._growing), ("retired", self._retired)):
                self._drop(cursor, state, schema)
            _run(cursor, "CREATE SCHEMA IF NOT EXISTS {}", (self._growing,))
            for table in self._projection.tables:
                _run(
                    cursor,
                    "CREATE TABLE {} (LIKE {} INCLUDING ALL)",
                    (self._growing, table),
                    (self._projection.schema, table),
                )
                _copy_grants(cursor, (self._projection.schema, table), (self._growing, table))
            values = {"projection": self._projection.name, "version": self._projection.version}
            cursor.execute(_BEGIN, values)
            if cursor.fetchone() is None:
                raise RebuildRefused(f"{self._projection.name} has no live tables to rebuild")

    def catch_up(self) -> int:
        """Apply one page to the growing tables; returns how many positions it moved.

        Never goes past the live tables; 0 when it has reached them. Raises RebuildRefused when the
        projection writes to its live tables by naming their schema; that is undone.
        """
        with self._database.transaction() as cursor:
            build = self._find(cursor, "rebuild")
            live = self._find(cursor, "live")
            return self._grow(cursor, build, live.position).position - build.position

    def switch(self, *, although_different: bool = False) -> Comparison:
        """Exchange the tables at one feed position, in one transaction.

        Readers see the old or the new ones, never neither. Raises RebuildRefused when streams are
        parked in the rebuild, or contents differ and that is not what a new version of the
        projection is for (`although_different`). Waits at most seconds for readers to let go of the
        tables, then raises psycopg2.errors.LockNotAvailable: switch again.
        """
        with self._database.transaction() as cursor:
            live, build, comparison = self._side_by_side(cursor)
            if count_parked(cursor, build):
                raise RebuildRefused("streams are parked in the rebuild")
            if comparison.differing and not although_different:
                raise RebuildRefused(f"contents differ: {', '.join(comparison.differing)}")
            self._exchange(cursor, live, build)
        return comparison

    def compare(self) -> Comparison:
        """Hold both tables against each other at one feed position; nothing is exchanged."""
        with self._database.transaction() as cursor:
            return self._side_by_side(cursor)[2]

    def discard(self) -> None:
        """Drop the growing tables; the live ones were never touched."""
        with self._database.transaction() as cursor:
            self._drop(cursor, "rebuild", self._growing)

    def _drop(self, cursor: Cursor, state: str, schema: str) -> None:
        cursor.execute(_DISCARD, {"projection": self._projection.name, "state": state})
        for table in self._projection.tables:
            _run(cursor, "DROP TABLE IF EXISTS {}", (schema, table))

    def _side_by_side(self, cursor: Cursor) -> tuple[Build, Build, Comparison]:
        live = self._find(cursor, "live")
        # Holds the live runner at its position until the transaction ends. Taken before the
        # tables, in the runner's own order, so that the two cannot block each other.
        progress.advance(cursor, live, live.position)
        live = self._find(cursor, "live")  # with what partitions brought until it was held
        build = self._find(cursor, "rebuild")
        while build.position < live.position:
            build = self._grow(cursor, build, live.position)
        self._grow_ahead(cursor, build, live)
        comparison = Comparison(
            position=live.position,
            live=self._checksums(cursor, self._projection.schema),
            rebuilt=self._checksums(cursor, self._growing),
        )
        return live, build, comparison

    def _find(self, cursor: Cursor, state: str) -> Build:
        build = progress.find_build(cursor, self._projection.name, state)
        if build is None:
            raise RebuildRefused(f"{self._projection.name} has no {state} tables")
        return build

    def _grow(self, cursor: Cursor, build: Build, upto: int) -> Build:
        use_schema(cursor, self._growing)
        before = self._live_writes(cursor)
        page = min(self._page, upto - build.position)
        grown, _ = move_on(cursor, self._projection, build, page, ParkingLimits())
        if self._live_writes(cursor) != before:
            raise RebuildRefused(
                f"{self._projection.name} writes to its live tables: name them without a schema"
            )
        return grown

    def _grow_ahead(self, cursor: Cursor, build: Build, live: Build) -> None:
        """What partitions have brought into the live tables beyond their position, likewise."""
        use_schema(cursor, self._growing)
        for first, last in live.ahead:
            events = read_feed(cursor, first - 1, last - first + 1)
            apply_page(cursor, self._projection, build, events)
            progress.take(cursor, build, range(first, last + 1))

    def _live_writes(self, cursor: Cursor) -> int:
        tables = list(self._projection.tables)
        cursor.execute(_LIVE_WRITES, {"schema": self._projection.schema, "tables": tables})
        row = cursor.fetchone()
        assert row is not None
        return int(row[0])

    def _checksums(self, cursor: Cursor, schema: str) -> dict[str, tuple[int, str]]:
        found = {}
        for table in self._projection.tables:
            checksum_of = sql.SQL(_CHECKSUM).format(sql.Identifier(schema, table))
            cursor.execute(checksum_of, {"ignored": list(self._ignored)})
            rows, checksum = cursor.fetchone() or (0, "")
            found[table] = (int(rows), str(checksum))
        return found

    def _exchange(self, cursor: Cursor, live: Build, build: Build) -> None:
        cursor.execute("SET LOCAL lock_timeout = '3s'")
        schema = self._projection.schema
        _run(cursor, "CREATE SCHEMA IF NOT EXISTS {}", (self._retired,))
        for table in self._projection.tables:
            _run(cursor, "ALTER TABLE {} SET SCHEMA {}", (schema, table), (self._retired,))
            _run(cursor, "ALTER TABLE {} SET SCHEMA {}", (self._growing, table), (schema,))
        cursor.execute(_RETIRE, {"build": live.build})
        cursor.execute(_ENLIVEN, {"build": build.build})
        # The new tables contain what the old ones did: partitions go on where they were.
        cursor.execute(_INHERIT, {"build": build.build, "from": live.build})


def _run(cursor: Cursor, text: str, *names: tuple[str, ...]) -> None:
    cursor.execute(sql.SQL(text).format(*(sql.Identifier(*name) for name in names)))


def _copy_grants(cursor: Cursor, source: tuple[str, str], target: tuple[str, str]) -> None:
    cursor.execute(_GRANTS, {"schema": source[0], "table": source[1]})
    for grantee, privilege in cursor.fetchall():
        cursor.execute(
            sql.SQL("GRANT {} ON {} TO {}").format(
                sql.SQL(privilege), sql.Identifier(*target), sql.Identifier(grantee)
            )
        )
