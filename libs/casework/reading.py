"""Reading a case back: its events, what they come to, and their text for one who may see it."""

from __future__ import annotations

import msgspec

from libs.access.sealing import CaseKey
from libs.casework.bodies import EventBody, opened_fields, read_body
from libs.casework.folding import KnownCase, counting, fact_of, fold, fold_past
from libs.casework.regulations import Regulations
from libs.events.envelope import StoredEvent
from libs.events.past import Past
from libs.events.postgres.store import EventStore
from libs.procedures.facts import Fact


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a case: as stored, its body read, and as rules see it."""

    stored: StoredEvent
    body: EventBody
    fact: Fact

    def text(self, key: CaseKey) -> dict[str, str]:
        """Return the event's free text. Raises `SealBroken`."""
        return opened_fields(self.body, self.stored.stream, self.stored.version, key)


class CaseHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A case with all its events, oldest first.

    `known.case` is the fold of all of them; its clocks at any time: `known.case.clocks.views(now)`.
    `known.involvement` is what access looks at.
    """

    known: KnownCase
    entries: tuple[Entry, ...]


def read_case(store: EventStore, regulations: Regulations, stream: str) -> CaseHistory | None:
    """Return the case as its stream stands now, or None where there is no such stream.

    Blocks. Raises `UnknownProcedure`, `UnknownCalendar`, `StoreUnavailable`.
    """
    return history_of(store.load_now(stream), regulations)


def history_of(events: list[StoredEvent], regulations: Regulations) -> CaseHistory | None:
    """Return the case that these events, a stream from its beginning, make."""
    known = fold(None, events, regulations)
    if known is None:
        return None
    return CaseHistory(known=known, entries=tuple(_entry(event, known) for event in events))


def past_of(stream: list[StoredEvent], past: Past, regulations: Regulations) -> CaseHistory | None:
    """Return the case as of an instant, out of all events of its stream; None before its first.

    Only the events that count are among its entries.
    """
    known = fold_past(stream, past, regulations)
    if known is None:
        return None
    entries = tuple(_entry(event, known) for event, _body in counting(stream, past))
    return CaseHistory(known=known, entries=entries)


def _entry(event: StoredEvent, known: KnownCase) -> Entry:
    body = read_body(event)
    return Entry(stored=event, body=body, fact=fact_of(event, body, known.pinned.procedure))
