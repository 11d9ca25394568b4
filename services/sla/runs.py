"""A run of a clock with the rung it comes to next: what sla.open_clocks holds, one row each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from libs.casework.folding import KnownCase
from libs.casework.identifiers import complaint_of, stream_of
from libs.procedures.clocks import Run, Rung


class ClockRow(msgspec.Struct, frozen=True, array_like=True):
    """A run and its next rung, folded from the complaint's stream up to `version`.

    `order_id` is empty where the clock runs per complaint. `calendar`: the one that the due time
    was looked at under, where it is provisional.
    """

    complaint: str
    clock: str
    order_id: str
    run: int
    due_at: datetime
    rung: str
    rung_at: datetime
    version: int
    calendar: str | None = None

    @property
    def stream(self) -> str:
        """The stream of the complaint."""
        return stream_of(self.complaint)

    @property
    def kind(self) -> str:
        """Whether the rung is a warning or a miss, whatever its share."""
        return self.rung.partition("-")[0]

    @property
    def identity(self) -> str:
        """What makes a rung this rung: it is recorded once for ever."""
        run = (self.complaint, self.clock, self.order_id, str(self.run))
        return "\x1f".join((*run, self.due_at.isoformat(), self.rung))

    def command(self) -> tuple[str, bytes]:
        """The id and hash of the command that records the rung: the same for every try of every
        replica, whatever bytes its event has.
        """
        digest = hashlib.sha256(self.identity.encode()).digest()
        return f"rung-{digest[:16].hex()}", digest


def rungs_to_come(row: ClockRow, case: KnownCase) -> list[Rung]:
    """Rungs of the row's run that are not on the case's record, earliest first."""
    for run in _runs(case):
        if (run.clock.id, run.order or "", run.number) == (row.clock, row.order_id, row.run):
            return list(run.unrecorded())
    return []


def rows_of(case: KnownCase) -> Iterator[ClockRow]:
    """One row for each run that has a rung to come."""
    for run in _runs(case):
        rung = next(run.unrecorded(), None)
        if rung is not None:
            yield row_of(case, rung)


def row_of(case: KnownCase, rung: Rung) -> ClockRow:
    """The row of a run whose next rung this is."""
    return ClockRow(
        complaint_of(case.stream),
        rung.clock,
        rung.order or "",
        rung.run,
        rung.due_at,
        f"{rung.kind}-{rung.share}",
        rung.at,
        case.version,
        case.pinned.calendar_version if rung.provisional else None,
    )


def _runs(case: KnownCase) -> Iterator[Run]:
    return iter(()) if case.case.clocks is None else case.case.clocks.runs()


def columns(rows: Iterable[ClockRow]) -> dict[str, list[Any]]:
    """The rows as arrays for one statement."""
    rows = list(rows)
    return {
        "complaints": [row.complaint for row in rows],
        "clocks": [row.clock for row in rows],
        "orders": [row.order_id for row in rows],
        "runs": [row.run for row in rows],
        "dues": [row.due_at for row in rows],
        "rungs": [row.rung for row in rows],
        "rung_times": [row.rung_at for row in rows],
        "versions": [row.version for row in rows],
        "calendars": [row.calendar for row in rows],
    }
