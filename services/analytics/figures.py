"""Questions to the fact tables: the board, lists, on-time closure. Each in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from libs.casework.identifiers import stream_of
from libs.casework.pasts import PastCases
from libs.events.envelope import StoredEvent
from libs.events.past import Past
from libs.events.postgres.database import Cursor, Database
from libs.events.postgres.header import decode_event
from services.analytics.access import Reach
from services.analytics.facts import facts_of
from services.analytics.sql import SQL

Row = dict[str, Any]
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
DIMENSIONS = ("province", "level", "channel")
FILTERS = ("number", "province", "status", "level", "channel", "standing")


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """The store's time, and how fast it goes (a simulation's may go faster than life)."""

    now: datetime
    simulation: bool
    speed: float


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows: filters, the place to go on from, how many at most."""

    filters: dict[str, str | None]
    after: tuple[datetime, str] | None
    limit: int


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """On-time closure of what, by which of DIMENSIONS: registered from and until (None: open)."""

    by: str
    from_at: datetime | None = None
    until_at: datetime | None = None


class Figures:
    """Asks the fact tables. Blocks; call it from a thread."""

    def __init__(self, database: Database, pasts: PastCases) -> None:
        self._database, self._pasts = database, pasts

    def present(self) -> Present:
        """The store's present."""
        with self._database.transaction() as cursor:
            return present(cursor)

    def provinces(self) -> list[Row]:
        """Counts by province, of those that have any complaint."""
        return self._ask("board", {})

    def urgent(self, reach: Reach, limit: int) -> list[Row]:
        """Running hard clocks, the earliest due time first."""
        return self._ask("urgent", {**reach.values(), "limit": limit})

    def cases(self, reach: Reach, page: Page) -> list[Row]:
        """Complaints, newest first; the caller decides on access row by row."""
        after_at, after = page.after or (None, None)
        filters = {name: page.filters.get(name) for name in FILTERS}
        return self._ask(
            "cases",
            {**reach.values(), **filters, "after_at": after_at, "after": after,
             "limit": page.limit},
        )  # fmt: skip

    def on_time(self, window: Window, past: Past | None = None) -> list[Row]:
        """On-time closure by one of DIMENSIONS and by province, of what was registered then.

        Of the past: rows that have not changed since stand as they are, the others are folded anew
        as of then. Raises `TooMany`.
        """
        values: dict[str, object] = {
            "by": window.by, "from": window.from_at, "until": window.until_at, "at": None,
        }  # fmt: skip
        if past is None:
            return self._ask("on_time", {**values, "folded": "[]"})
        with self._database.transaction() as cursor:
            # One snapshot: a row that changes in between would be missed by both halves.
            cursor.execute(SNAPSHOT)
            values |= {"at": past.at, "most": self._pasts.asked_for}
            changed = [row["complaint"] for row in rows(cursor, "changed_since", values)]
            cases = self._pasts.fold(cursor, [stream_of(each) for each in changed], past)
            folded = msgspec.json.encode([facts_of(known).case for known in cases]).decode()
            return rows(cursor, "on_time", {**values, "folded": folded})

    def numbered(self, number: str) -> list[str]:
        """Complaints of that number, newest first: procedures may number alike."""
        return [row["complaint"] for row in self._ask("find_number", {"number": number})]

    def latest(self, count: int, each: int) -> list[StoredEvent]:
        """The last events of all complaints, newest first, at most `each` of one complaint."""
        rows = self._ask("latest", {"count": count, "each": each})
        return [
            decode_event(bytes(row["header"]), bytes(row["body"]), bytes(row["hash"]))
            for row in rows
        ]

    def involved(self, complaints: list[str]) -> dict[str, Row]:
        """Number and what access looks at, of these complaints."""
        rows = self._ask("involved", {"complaints": complaints})
        return {row["complaint"]: row for row in rows}

    def _ask(self, question: str, values: dict[str, object]) -> list[Row]:
        with self._database.transaction() as cursor:
            return rows(cursor, question, values)


def rows(cursor: Cursor, question: str, values: dict[str, object]) -> list[Row]:
    """The answer to a question, in the caller's transaction."""
    cursor.execute(SQL[question], values)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def present(cursor: Cursor) -> Present:
    """The store's present, in the caller's transaction."""
    cursor.execute(SQL["present"])
    row = cursor.fetchone()
    assert row is not None
    return Present(now=row[0], simulation=row[1], speed=row[2])
