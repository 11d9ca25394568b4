"""Questions to the fact tables: the board, lists, on-time closure. Each in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from libs.events.envelope import FeedEvent
from libs.events.postgres.database import Cursor, Database
from libs.events.postgres.feed import head, read_feed
from services.analytics.access import Reach
from services.analytics.sql import SQL

Row = dict[str, Any]
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


class Figures:
    """Asks the fact tables. Blocks; call it from a thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

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

    def on_time(self, by: str, from_at: datetime | None, until_at: datetime | None) -> list[Row]:
        """On-time closure by one of DIMENSIONS and by province, of what was registered then."""
        return self._ask("on_time", {"by": by, "from": from_at, "until": until_at})

    def numbered(self, number: str) -> list[str]:
        """Complaints of that number, newest first: procedures may number alike."""
        return [row["complaint"] for row in self._ask("find_number", {"number": number})]

    def latest(self, count: int) -> list[FeedEvent]:
        """The last events of the feed, newest first."""
        with self._database.transaction() as cursor:
            return read_feed(cursor, head(cursor) - count, count)[::-1]

    def involved(self, complaints: list[str]) -> dict[str, Row]:
        """Number and what access looks at, of these complaints."""
        rows = self._ask("involved", {"complaints": complaints})
        return {row["complaint"]: row for row in rows}

    def _ask(self, question: str, values: dict[str, object]) -> list[Row]:
        with self._database.transaction() as cursor:
            cursor.execute(SQL[question], values)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def present(cursor: Cursor) -> Present:
    """The store's present, in the caller's transaction."""
    cursor.execute(SQL["present"])
    row = cursor.fetchone()
    assert row is not None
    return Present(now=row[0], simulation=row[1], speed=row[2])
