"""Judging ahead: a burst of rungs then costs little more than its appends.

A decision depends on the stream and nothing else (one that may also depend on the time is not made
ahead). Made on the stream read from the store, it is good for as long as the stream stands at the
version judged, and the append refuses any other.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from libs.casework.folding import KnownCase
from libs.events.postgres.database import Database
from services.sla.folding import CaseFolder, Unfolded
from services.sla.judging import Record, judge
from services.sla.recording import Firing, firing_of
from services.sla.runs import ClockRow
from services.sla.sql import SQL

# Rows folded in one go; they are locked meanwhile, and a due one among them waits that long.
BATCH = 50
AHEAD = timedelta(hours=1)
_JUST_AFTER = timedelta(microseconds=1)
_NOT_AHEAD = b""

_write = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(Firing).decode


def read_firing(prepared: memoryview | None) -> Firing | None:
    """What was prepared; None where the rung has to be judged at its time."""
    return _read(prepared) if prepared else None


class Preparer:
    """Judges rungs that come up within `AHEAD` of the store's time; several may run."""

    def __init__(self, database: Database, folder: CaseFolder) -> None:
        self._database, self._folder = database, folder

    def step(self) -> int:
        """Prepare the next rungs, at most a batch; give how many rows were looked at.

        A row that turns out to be stale is left to the watchdog, which puts it right in its time.
        """
        with self._database.transaction() as cursor:
            cursor.execute(SQL["claim_coming"], {"ahead": AHEAD, "limit": BATCH})
            rows = [ClockRow(*row) for row in cursor.fetchall()]
            if not rows:
                return 0
            cases = self._folder.current(cursor, {row.complaint for row in rows})
            prepared = [_prepared(row, cases[row.complaint]) for row in rows]
            cursor.execute(
                SQL["prepare_clocks"],
                {
                    "complaints": [row.complaint for row in rows],
                    "clocks": [row.clock for row in rows],
                    "orders": [row.order_id for row in rows],
                    "runs": [row.run for row in rows],
                    "versions": [version for version, _ in prepared],
                    "prepared": [content for _, content in prepared],
                },
            )
        return len(rows)


def _prepared(row: ClockRow, known: KnownCase | Unfolded) -> tuple[int, bytes]:
    """The version judged and what is to be appended then."""
    if isinstance(known, Unfolded):
        return row.version, _NOT_AHEAD
    verdict = judge(row, known, row.rung_at + _JUST_AFTER, on_record=False)
    if not isinstance(verdict, Record) or not verdict.lasting:
        return row.version, _NOT_AHEAD
    return known.version, _write(firing_of(verdict, known))
