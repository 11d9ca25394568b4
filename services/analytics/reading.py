"""One case read from its stream: never from a read model, so it shows what is stored, at once."""

from __future__ import annotations

from datetime import datetime

import msgspec

from libs.access.identity import Subject
from libs.access.policy import Access, Policy
from libs.casework.casekeys import CaseKeys, KeyGone
from libs.casework.commanding import NotPermitted
from libs.casework.folding import KnownCase
from libs.casework.identifiers import stream_of
from libs.casework.reading import CaseHistory, Entry, history_of, past_of
from libs.casework.regulations import Regulations
from libs.events.past import Past
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from services.analytics.figures import Present, Row, present
from services.analytics.reads import Occasion, Reads

WITHHELD, DESTROYED = "sealed", "destroyed"
FILE, FILES = "file", "files"
"""What is handed out when a file is asked for, and the field in which events name files."""
Texts = dict[int, dict[str, str]]


class ReadCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case with all its events, and what this reader may see of the free text.

    `texts`: free text by version and field; `withheld` says why it is missing: `sealed` (not for
    this reader), `destroyed` (its key is gone for ever), or None. `past`: the instant from which
    the case is looked at, if not the present; `unseen`: how many of its events do not count then.
    """

    history: CaseHistory
    texts: Texts
    withheld: str | None
    present: Present
    past: Past | None = None
    unseen: int = 0

    @property
    def seen_at(self) -> datetime:
        """The instant by which clocks stand as they do."""
        return self.present.now if self.past is None else self.past.at

    @property
    def known(self) -> KnownCase:
        """The fold of all events."""
        return self.history.known

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The events, oldest first."""
        return self.history.entries


class CaseReader:
    """Reads cases for one who may see them. Blocks; call it from a thread."""

    def __init__(
        self,
        database: Database,
        store: EventStore,
        regulations: Regulations,
        keys: CaseKeys,
        policy: Policy,
    ) -> None:
        self._database, self._store, self._regulations = database, store, regulations
        self._keys, self._policy, self._reads = keys, policy, Reads(database)

    def read(self, complaint: str, occasion: Occasion, past: Past | None = None) -> ReadCase | None:
        """The case; None where it is absent or not for this subject: both look alike.

        Who may see it today may see its past, and its text as far as its key still exists. Each
        time text is unsealed, that is on record first.

        Raises `UnknownProcedure`, `UnknownCalendar`, `SealBroken`, `KeyUnusable`, and `Unrecorded`
        where the read cannot be recorded: nothing is shown then.
        """
        stream = stream_of(complaint)
        with self._database.transaction() as cursor:
            events = self._store.load_all_in(cursor, {stream: 0}).get(stream, [])
            at = present(cursor)
        history = history_of(events, self._regulations)
        if history is None:
            return None
        access = self._policy.decide(occasion.subject, history.known.involvement)
        if not access.allowed:
            return None
        seen = history if past is None else past_of(events, past, self._regulations)
        if seen is None:
            return None
        texts, withheld = self._open(seen, access, occasion)
        return ReadCase(
            history=seen,
            texts=texts,
            withheld=withheld,
            present=at,
            past=past,
            unseen=len(events) - len(seen.entries),
        )

    def reads(
        self, complaint: str, subject: Subject, before: int | None, limit: int
    ) -> list[Row] | None:
        """Who has read its text, newest first; None where it is absent or not for this subject.

        Raises `NotPermitted` for one who sees the case but may not look over its readers.
        """
        events = self._store.load_now(stream_of(complaint))
        history = history_of(events, self._regulations)
        if history is None or not self._policy.decide(subject, history.known.involvement).allowed:
            return None
        if not self._policy.oversees(subject, history.known.involvement):
            raise NotPermitted
        return self._reads.of(complaint, before, limit)

    def _open(
        self, history: CaseHistory, access: Access, occasion: Occasion
    ) -> tuple[Texts, str | None]:
        names = _sealed_names(history, occasion)
        if not names:
            return {}, None
        if not access.text:
            return {}, WITHHELD
        try:
            key = self._keys.of_now(history.known.stream)
        except KeyGone:
            return {}, DESTROYED
        self._reads.record(occasion, history, names)
        if occasion.handed_out == FILE:
            return {}, None
        sealed = (entry for entry in history.entries if entry.body.sealed)
        return {entry.stored.version: entry.text(key) for entry in sealed}, None


def _sealed_names(history: CaseHistory, occasion: Occasion) -> list[str]:
    """The sealed fields that would be read, once for each event that has them."""
    if occasion.handed_out == FILE:
        return [FILES for entry in history.entries if entry.body.data.get(FILES)]
    return [name for entry in history.entries for name in entry.body.sealed]
