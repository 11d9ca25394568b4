"""Earlier complaints of the same customer, proposed where somebody complains (again)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec

from libs.access.identity import Subject
from libs.access.searching import SearchKey
from libs.casework.folding import KnownCase, fold
from libs.casework.identifiers import complaint_of, stream_of
from libs.casework.opening import Office
from libs.complaints.repeats import link_of
from libs.procedures.schema import Procedure
from libs.procedures.schema.repeats import Repeats
from services.intake.sql import SQL

MOST = 20


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier complaint of the same customer, as far as everybody who sees it may know.

    `same_matter`: the fields by which the procedure tells a matter are known and equal. `linked`:
    it is itself linked to an earlier one.
    """

    complaint: str
    number: str | None
    registered_at: datetime
    status: str
    procedure: str
    same_matter: bool
    linked: bool


class RepeatFinder:
    """Finds candidates by search tokens and reads them from their streams. Blocks."""

    def __init__(self, office: Office, search: SearchKey) -> None:
        self._office, self._search = office, search

    def like(
        self,
        contact: str,
        told: Mapping[str, object],
        procedure: Procedure,
        subject: Subject,
        *,
        but: str = "",
    ) -> list[Candidate]:
        """Those of whoever is reached by `contact`, of the matter `told`, as `subject` may see.

        The same matter first, then newest first; `but`: not this complaint.
        """
        tokens = {token.hex() for token in self._search.tokens(contact)}
        return self._found(tokens, told, procedure.repeats, subject, stream_of(but))

    def of(self, complaint: str, subject: Subject) -> list[Candidate] | None:
        """Those of a registered complaint; None where it is absent or not for this subject."""
        stream = stream_of(complaint)
        known = next(iter(self._read([stream], subject)), None)
        if known is None:
            return None
        with self._office.database.transaction() as cursor:
            cursor.execute(SQL["tokens_of"], {"stream": stream})
            tokens = {token for (token,) in cursor.fetchall()}
        repeats, attributes = known.pinned.procedure.repeats, known.case.attributes
        return self._found(tokens, attributes, repeats, subject, stream)

    def _found(
        self,
        tokens: Collection[str],
        told: Mapping[str, object],
        repeats: Repeats,
        subject: Subject,
        but: str,
    ) -> list[Candidate]:
        if not tokens:
            return []
        since = self._office.time.now() - repeats.within
        values = {"tokens": sorted(tokens), "since": since, "but": but, "most": MOST}
        with self._office.database.transaction() as cursor:
            cursor.execute(SQL["find_by_tokens"], values)
            streams = [stream for (stream,) in cursor.fetchall()]
        found = [_candidate(known, told, repeats) for known in self._read(streams, subject)]
        return sorted(found, key=lambda each: not each.same_matter)

    def _read(self, streams: list[str], subject: Subject) -> list[KnownCase]:
        """The cases as they stand, those the subject may see, in the order given."""
        office = self._office
        with office.database.transaction() as cursor:
            events = office.store.load_all_in(cursor, dict.fromkeys(streams, 0))
        folded = [fold(None, events.get(stream, ()), office.regulations) for stream in streams]
        return [
            known
            for known in folded
            if known is not None and office.policy.decide(subject, known.involvement).allowed
        ]


def _candidate(known: KnownCase, told: Mapping[str, object], repeats: Repeats) -> Candidate:
    case = known.case
    registration = case.registration
    assert registration is not None, "a stream begins with its registration"
    return Candidate(
        complaint=complaint_of(known.stream),
        number=case.number,
        registered_at=registration.happened_at,
        status=case.status or "open",
        procedure=known.pinned.procedure.id,
        same_matter=all(
            told.get(name) is not None and told[name] == case.attributes.get(name)
            for name in repeats.same
        ),
        linked=link_of(case) is not None,
    )
