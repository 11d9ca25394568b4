"""Cases as their streams stand: read from the store, in batches, on from what was folded before."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

import msgspec

from libs.casework.folding import KnownCase, fold
from libs.casework.identifiers import stream_of
from libs.casework.regulations import Regulations
from libs.events.envelope import StoredEvent
from libs.events.postgres.database import Cursor
from libs.events.postgres.faults import reason_of
from libs.events.postgres.store import EventStore

CAPACITY = 20_000


class Unfolded(msgspec.Struct, frozen=True):
    """A complaint that cannot be folded: why, without anything personal."""

    reason: str


class CaseFolder:
    """Folds complaints from the store. Safe to share by threads.

    Remembers the cases folded last. Events never change, so a case at a version stays right for
    ever; what has been appended since is read at every call.
    """

    def __init__(
        self, store: EventStore, regulations: Regulations, *, capacity: int = CAPACITY
    ) -> None:
        self.regulations = regulations
        self._store, self._capacity = store, capacity
        self._known: OrderedDict[str, KnownCase] = OrderedDict()
        self._lock = threading.Lock()

    def current(self, cursor: Cursor, complaints: Iterable[str]) -> dict[str, KnownCase | Unfolded]:
        """The complaints as their streams stand now; one bad stream does not keep the others."""
        streams = {complaint: stream_of(complaint) for complaint in complaints}
        with self._lock:
            known = {name: self._known.get(stream) for name, stream in streams.items()}
        after = {streams[name]: case.version if case else 0 for name, case in known.items()}
        fresh = self._store.load_all_in(cursor, after)
        cases = {
            name: self._folded(known[name], fresh.get(stream, []))
            for name, stream in streams.items()
        }
        self._remember(case for case in cases.values() if isinstance(case, KnownCase))
        return cases

    def forget_all(self) -> None:
        """Drop what is remembered (the store was emptied and began anew)."""
        with self._lock:
            self._known.clear()

    def _folded(self, known: KnownCase | None, events: list[StoredEvent]) -> KnownCase | Unfolded:
        try:
            case = fold(known, events, self.regulations)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this stream's own
            return Unfolded(reason_of(error))
        return case if case is not None else Unfolded("no such stream")

    def _remember(self, cases: Iterable[KnownCase]) -> None:
        with self._lock:
            for case in cases:
                self._known[case.stream] = case
                self._known.move_to_end(case.stream)
            while len(self._known) > self._capacity:
                self._known.popitem(last=False)
