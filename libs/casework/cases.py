"""Loading cases: a small memory of folded ones, brought up to date by what came since."""

from __future__ import annotations

from collections import OrderedDict

from libs.casework.folding import KnownCase, fold
from libs.casework.regulations import Regulations
from libs.events.postgres.store import EventStore

MOST_REMEMBERED = 4096


class Cases:
    """Cases of one store, always read up to their last event.

    The memory saves folding, never asking: each load reads what the stream has beyond the version
    remembered. Used from one event loop.
    """

    def __init__(
        self, store: EventStore, regulations: Regulations, *, remembered: int = MOST_REMEMBERED
    ) -> None:
        self._store, self._regulations, self._most = store, regulations, remembered
        self._known: OrderedDict[str, KnownCase] = OrderedDict()
        self._epoch = 0

    async def load(self, stream: str) -> KnownCase | None:
        """Return the case as of its last event, or None where there is no such stream."""
        known, epoch = self._known.get(stream), self._epoch
        events = await self._store.load(stream, 0 if known is None else known.version)
        if epoch != self._epoch:
            # The store was emptied meanwhile: what came does not go on from what was known.
            return await self.load(stream)
        # Others may have loaded the same case meanwhile; whichever is newer stays.
        case = fold(known, events, self._regulations)
        if case is not None:
            self._remember(case)
        return case

    def forget_all(self) -> None:
        """Drop the memory (the store was emptied and began anew)."""
        self._known.clear()
        self._epoch += 1

    def __len__(self) -> int:
        return len(self._known)

    def _remember(self, case: KnownCase) -> None:
        there = self._known.get(case.stream)
        if there is None or there.version <= case.version:
            self._known[case.stream] = case
        self._known.move_to_end(case.stream)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
