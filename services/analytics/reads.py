"""The record of who has read sealed text: written first, or nothing is unsealed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from libs.access.identity import Subject
from libs.casework.identifiers import complaint_of
from libs.casework.reading import CaseHistory
from libs.events.postgres.database import Database
from libs.serving.logs import logger
from services.analytics.figures import Row, rows
from services.analytics.sql import SQL

log = logger(__name__)


class Unrecorded(Exception):
    """A read could not be put on record; nothing was unsealed."""


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads, as what it is handed out to him, for which request."""

    subject: Subject
    handed_out: str
    correlation_id: str | None = None


class Reads:
    """The table of reads; nobody changes or removes a row. Blocks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, occasion: Occasion, history: CaseHistory, texts: Sequence[str]) -> None:
        """Store durably that these are about to be read: sealed fields, once for each text.

        Raises `Unrecorded` where it cannot be stored: then nothing may be unsealed.
        """
        values = {
            **msgspec.structs.asdict(occasion.subject),
            "complaint": complaint_of(history.known.stream),
            "version": history.known.version,
            "fields": sorted(set(texts)),
            "texts": len(texts),
            "handed_out": occasion.handed_out,
            "correlation_id": occasion.correlation_id,
        }
        try:
            with self._database.transaction() as cursor:
                cursor.execute(SQL["record_read"], values)
        except Exception as error:  # whatever the reason: without its record there is no read
            log.warning("read_not_recorded", error=type(error).__name__)
            raise Unrecorded from error

    def of(self, complaint: str, before: int | None, limit: int) -> list[Row]:
        """The reads of one complaint, newest first; `before`: only those earlier than that one."""
        values: dict[str, object] = {"complaint": complaint, "before": before, "limit": limit}
        with self._database.transaction() as cursor:
            return rows(cursor, "list_reads", values)
