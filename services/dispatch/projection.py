"""The work list as a projection of the feed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from libs.casework.folding import KnownCase, fold
from libs.casework.regulations import Regulations
from libs.events.envelope import FeedEvent, StoredEvent
from libs.events.postgres.database import Cursor
from services.dispatch.rows import reach_of, rows_of

_SQL = Path(__file__).parent / "sql"
PUT = (_SQL / "put_work.sql").read_text(encoding="utf-8")
PUT_REACH = (_SQL / "put_reach.sql").read_text(encoding="utf-8")
MOST_REMEMBERED = 4096
Load = Callable[[str], list[StoredEvent]]


class WorkList:
    """Keeps `dispatch.work` as the cases in the feed stand, and `dispatch.reach` beside it.

    A row depends on the events of its stream up to the feed's position and on nothing else, so the
    table can be made anew at any time. Folded cases are remembered by version to save folding; one
    that does not fit the next event (a page rolled back and repeated) is folded again.
    """

    name = "work-list"
    version = 2
    schema = "dispatch"
    tables = ("work", "reach")

    def __init__(self, regulations: Regulations, load: Load) -> None:
        self._regulations, self._load = regulations, load
        self._known: OrderedDict[str, KnownCase] = OrderedDict()

    def apply(self, cursor: Cursor, events: Sequence[FeedEvent]) -> None:
        """Bring the rows of every stream among the events up to date."""
        ordered = sorted((each.event for each in events), key=lambda event: event.stream)
        cases = [
            self._case(stream, list(group))
            for stream, group in groupby(ordered, key=lambda event: event.stream)
            if stream.startswith("complaint/")
        ]
        rows = [row for case in cases for row in rows_of(case)]
        values = {
            "streams": [case.stream for case in cases],
            "rows": msgspec.json.encode(rows).decode(),
            "reaches": msgspec.json.encode([reach_of(case) for case in cases]).decode(),
        }
        cursor.execute(PUT, values)
        cursor.execute(PUT_REACH, values)

    def _case(self, stream: str, events: list[StoredEvent]) -> KnownCase:
        before = events[0].version - 1
        known = self._known.get(stream)
        if (known.version if known else 0) != before:
            earlier = [event for event in self._load(stream) if event.version <= before]
            known = fold(None, earlier, self._regulations)
        case = fold(known, events, self._regulations)
        assert case is not None
        self._known[stream] = case
        self._known.move_to_end(stream)
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return case
