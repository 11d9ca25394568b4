"""The search tokens as a projection of the feed: what is said of how to reach a customer, keyed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from libs.access.sealing import SealedField, unseal
from libs.access.searching import SearchKey
from libs.casework.bodies import read_body, sealed_path
from libs.casework.casekeys import CaseKeys, KeyGone
from libs.events.envelope import FeedEvent, StoredEvent
from libs.events.postgres.database import Cursor
from services.intake.sql import SQL

TELLING = frozenset({"ComplaintRegistered", "DetailsSupplemented"})
DESTROYED = "ArchiveDestroyed"
FIELD = "contact"


class SearchTokens:
    """Keeps `intake.search_tokens`: those of a complaint's contact, until its archive is destroyed.

    What it unseals it shows to nobody. A complaint whose key is gone has no tokens. Raises
    `SealBroken` and `KeyUnusable`: its stream is then parked.
    """

    name = "search-tokens"
    version = 1
    schema = "intake"
    tables = ("search_tokens",)

    def __init__(self, keys: CaseKeys, search: SearchKey) -> None:
        self._keys, self._search = keys, search

    def apply(self, cursor: Cursor, events: Sequence[FeedEvent]) -> None:
        """Add the tokens that these events tell of, drop those of destroyed archives."""
        stored = [each.event for each in events]
        rows = [row for event in stored if event.type in TELLING for row in self._rows(event)]
        gone = [event.stream for event in stored if event.type == DESTROYED]
        if rows:
            cursor.execute(SQL["put_tokens"], {"rows": msgspec.json.encode(rows).decode()})
        # After the additions: an archive may be destroyed in the page that tells of its contact.
        if gone:
            cursor.execute(SQL["drop_tokens"], {"streams": gone})

    def _rows(self, event: StoredEvent) -> Iterator[dict[str, str]]:
        field = read_body(event).sealed.get(FIELD)
        if field is not None:
            for token in sorted(self._search.tokens(self._opened(event, field))):
                yield {"token": token.hex(), "stream": event.stream}

    def _opened(self, event: StoredEvent, field: SealedField) -> str:
        try:
            key = self._keys.of_now(event.stream)
        except KeyGone:
            return ""
        return unseal(key, event.stream, event.version, sealed_path(FIELD), field)
