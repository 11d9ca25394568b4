"""What is told about a rung: one notice per event, to the log and to the channels in use.

A projection of the feed, so urging by hand is told as well. A notice holds clear fields only; its
id is the event's, on every channel and every try.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import structlog

from libs.casework.bodies import read_body
from libs.casework.identifiers import complaint_of
from libs.casework.registry import IMPORTER
from libs.events.envelope import FeedEvent, StoredEvent
from libs.events.postgres.database import Cursor
from services.sla.deliveries import Answer
from services.sla.sql import SQL

log = structlog.get_logger(__name__)

TOLD = {
    "DeadlineWarned": "complaint.deadline-warned",
    "DeadlineMissed": "complaint.deadline-missed",
    "OrderUrged": "complaint.order-urged",
}


class NoticeData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a receiver learns of the event: ids, times and the event's clear fields."""

    complaint: str
    version: int
    happened_at: datetime
    recorded_at: datetime
    fields: dict[str, Any]
    order: str | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """The payload, shaped as Standard Webhooks wants it; `timestamp` is when the event happened."""

    type: str
    timestamp: datetime
    data: NoticeData


_write = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(Notice).decode


def notice_of(event: StoredEvent) -> Notice:
    """The notice about a `TOLD` event. Sealed fields are not looked at."""
    body = read_body(event)
    return Notice(
        type=TOLD[event.type],
        timestamp=event.happened_at,
        data=NoticeData(
            complaint=complaint_of(event.stream),
            version=event.version,
            happened_at=event.happened_at,
            recorded_at=event.recorded_at,
            order=body.order,
            fields=body.data,
        ),
    )


class Notices:
    """Keeps a notice of every warning, miss and urging; a repeat of an event changes nothing.

    Its tables remember what was delivered, so they are not among those that a rebuild makes anew.
    """

    name = "sla-notices"
    version = 1
    schema = "sla"
    tables: tuple[str, ...] = ()

    def __init__(self, channels: Iterable[str]) -> None:
        self._channels = list(channels)

    def apply(self, cursor: Cursor, events: Sequence[FeedEvent]) -> None:
        """Store new notices and queue them for each channel."""
        # What an old ledger says about the past is news to nobody.
        told = [
            each.event
            for each in events
            if each.event.type in TOLD and each.event.service != IMPORTER
        ]
        if not told:
            return
        cursor.execute(
            SQL["insert_notices"],
            {
                "streams": [event.stream for event in told],
                "versions": [event.version for event in told],
                "types": [event.type for event in told],
                "happened": [event.happened_at for event in told],
                "recorded": [event.recorded_at for event in told],
                "payloads": [_write(notice_of(event)) for event in told],
                "channels": self._channels,
            },
        )


class LogChannel:
    """Notices as lines of the structured log, whatever other channels there are."""

    name = "log"
    batch = 500

    def deliver(self, event_id: str, payload: bytes, *, timestamp: int) -> Answer:  # noqa: ARG002
        """Write one line; always accepted."""
        notice = _read(payload)
        log.info(notice.type, event_id=event_id, **msgspec.to_builtins(notice.data))
        return Answer(accepted=True, words="written")
