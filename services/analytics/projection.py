"""The projection behind the fact tables: whatever happens to a complaint, its rows follow."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from libs.casework.folding import KnownCase, fold
from libs.casework.identifiers import KIND
from libs.casework.regulations import Regulations
from libs.events.envelope import FeedEvent, StoredEvent
from libs.events.postgres.database import Cursor
from libs.events.postgres.store import EventStore
from services.analytics.facts import Facts, facts_of
from services.analytics.sql import SQL

MOST_REMEMBERED = 10_000


class CaseFacts:
    """Makes the rows of each complaint what the fold of its events up to the feed's place says.

    The memory of folds saves reading only: a fold at a version is the same for ever, so a rolled
    back page leaves nothing wrong in it. Used from one thread.
    """

    name = "analytics-facts"
    version = 1
    schema = "analytics"
    tables = ("cases", "cycles", "orders", "clocks", "revisits")

    def __init__(
        self, store: EventStore, regulations: Regulations, *, remembered: int = MOST_REMEMBERED
    ) -> None:
        self._store, self._regulations, self._most = store, regulations, remembered
        self._known: OrderedDict[str, KnownCase] = OrderedDict()

    def apply(self, cursor: Cursor, events: Sequence[FeedEvent]) -> None:
        """Write the rows of every complaint among the events."""
        fresh: dict[str, list[StoredEvent]] = {}
        for each in events:
            if each.event.stream.startswith(KIND):
                fresh.setdefault(each.event.stream, []).append(each.event)
        if not fresh:
            return
        earlier = self._earlier(cursor, fresh)
        rows = []
        for stream, own in fresh.items():
            case = self._fold(stream, [*earlier.get(stream, ()), *own])
            rows.append(facts_of(case))
        cursor.execute(SQL["replace_facts"], _values(rows))

    def _earlier(
        self, cursor: Cursor, fresh: dict[str, list[StoredEvent]]
    ) -> dict[str, list[StoredEvent]]:
        """What lies before the page in streams that are not remembered right up to it."""
        unknown = {
            stream: own[0].version
            for stream, own in fresh.items()
            if own[0].version > 1 and not self._reaches(stream, own[0].version)
        }
        for stream in unknown:
            self._known.pop(stream, None)
        if not unknown:
            return {}
        found = self._store.load_all_in(cursor, dict.fromkeys(unknown, 0))
        return {
            stream: [event for event in found[stream] if event.version < version]
            for stream, version in unknown.items()
        }

    def _reaches(self, stream: str, version: int) -> bool:
        known = self._known.get(stream)
        return known is not None and known.version == version - 1

    def _fold(self, stream: str, events: list[StoredEvent]) -> KnownCase:
        known = self._known.get(stream)
        if known is not None and known.version != events[0].version - 1:
            known = None
        case = fold(known, events, self._regulations)
        assert case is not None, "a page names only streams that have events"
        self._known[stream] = case
        self._known.move_to_end(stream)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return case


def _values(facts: list[Facts]) -> dict[str, object]:
    def rows(parts: list[msgspec.Struct]) -> str:
        return msgspec.json.encode(parts).decode()

    return {
        "complaints": [each.case.complaint for each in facts],
        "cases": rows([each.case for each in facts]),
        "cycles": rows([row for each in facts for row in each.cycles]),
        "orders": rows([row for each in facts for row in each.orders]),
        "clocks": rows([row for each in facts for row in each.clocks]),
        "revisits": rows([row for each in facts for row in each.revisits]),
    }
