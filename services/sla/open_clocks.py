"""The projection behind sla.open_clocks: whatever happens to a complaint, its rows follow.

Rows only say when to look: a late or stale one delays detection, for the watchdog judges each rung
on the stream again.
"""

from __future__ import annotations

from collections.abc import Sequence

from libs.casework.folding import KnownCase
from libs.casework.identifiers import KIND, complaint_of
from libs.events.envelope import FeedEvent
from libs.events.postgres.database import Cursor
from services.sla.folding import CaseFolder, Unfolded
from services.sla.runs import columns, rows_of
from services.sla.sql import SQL

# The watchdog moves the row of a rung in the transaction that records it.
_MOVED_ALREADY = frozenset({"DeadlineWarned", "DeadlineMissed"})


class CannotFold(Exception):
    """A complaint's stream cannot be folded; the runner parks it."""


class OpenClocks:
    """Keeps one row for each run of a clock that has a rung to come."""

    name = "sla-clocks"
    version = 1
    schema = "sla"
    tables = ("open_clocks",)

    def __init__(self, folder: CaseFolder) -> None:
        self._folder = folder

    def apply(self, cursor: Cursor, events: Sequence[FeedEvent]) -> None:
        """Fold each complaint touched, up to its last event, and make its rows say the same."""
        touched = {
            complaint_of(each.event.stream): None
            for each in events
            if each.event.stream.startswith(KIND) and each.event.type not in _MOVED_ALREADY
        }
        cases = [_sound(case) for case in self._folder.current(cursor, touched).values()]
        if not cases:
            return
        values = columns(row for case in cases for row in rows_of(case))
        cursor.execute(
            SQL["project_clocks"],
            {
                **values,
                "folded": [complaint_of(case.stream) for case in cases],
                "folded_versions": [case.version for case in cases],
            },
        )


def _sound(case: KnownCase | Unfolded) -> KnownCase:
    if isinstance(case, Unfolded):
        raise CannotFold(case.reason)
    return case
