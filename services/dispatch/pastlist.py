"""The work list as of an earlier instant.

What has not changed since stands in the table as it stood then; every other complaint of the unit
is folded anew from its stream.
"""

from __future__ import annotations

from pathlib import Path

from libs.access.policy import within
from libs.casework.pasts import PastCases
from libs.events.past import Past
from libs.events.postgres.database import Database
from services.dispatch.rows import WorkRow, rows_of
from services.dispatch.worklist import Place, place_of, rows_after

CHANGED = (Path(__file__).parent / "sql" / "changed_since.sql").read_text(encoding="utf-8")
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"


def past_rows(
    database: Database, pasts: PastCases, unit: str, place: Place, *, limit: int, past: Past
) -> list[WorkRow]:
    """Return the rows of `unit` and those below it as of then, after `place`, in their order.

    `limit` at most. Blocks. Raises `TooMany`.
    """
    with database.transaction() as cursor:
        # One snapshot: a complaint that changes in between would be missed by both halves.
        cursor.execute(SNAPSHOT)
        cursor.execute(CHANGED, {"unit": unit, "at": past.at, "most": pasts.asked_for})
        changed = [stream for (stream,) in cursor.fetchall()]
        folded = [
            row
            for known in pasts.fold(cursor, changed, past)
            for row in rows_of(known)
            if within(row.unit, unit) and place_of(row) > place
        ]
        kept = rows_after(cursor, unit, place, limit=limit, unchanged_since=past.at)
    return sorted([*kept, *folded], key=place_of)[:limit]
