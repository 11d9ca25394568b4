"""Many cases as of an instant: folded anew from their streams, in batches, never all in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from libs.casework.folding import KnownCase, fold_past
from libs.casework.regulations import Regulations
from libs.events.past import Past
from libs.events.postgres.database import Cursor
from libs.events.postgres.store import EventStore

MOST = 50_000
"""Cases folded for one question: what needs more is asked in parts. See docs/time-travel.md."""
_BATCH = 500


class TooMany(Exception):
    """More cases would have to be folded than one question may; ask for a part."""


class PastCases:
    """Folds cases of one store as of an instant. Blocks; safe to share between threads."""

    def __init__(self, store: EventStore, regulations: Regulations, *, most: int = MOST) -> None:
        self._store, self._regulations, self._most = store, regulations, most
        # One question at a time: folding keeps the interpreter busy, and two at once would only
        # make both, and every request beside them, wait longer.
        self._folding = threading.Lock()

    @property
    def asked_for(self) -> int:
        """How many candidates to ask for: one more than may be folded."""
        return self._most + 1

    def fold(self, cursor: Cursor, streams: Sequence[str], past: Past) -> Iterator[KnownCase]:
        """Yield those of the streams that were a case by then, as they stood.

        Reads in the caller's transaction. Raises `TooMany` before anything is read.
        """
        if len(streams) > self._most:
            raise TooMany
        with self._folding:
            for start in range(0, len(streams), _BATCH):
                batch = streams[start : start + _BATCH]
                found = self._store.load_all_in(cursor, dict.fromkeys(batch, 0))
                for events in found.values():
                    known = fold_past(events, past, self._regulations)
                    if known is not None:
                        yield known
