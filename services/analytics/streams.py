"""Whole streams read from the store, many in one statement."""

from __future__ import annotations

from collections.abc import Collection

from libs.events.envelope import StoredEvent
from libs.events.postgres.database import Cursor
from libs.events.postgres.header import decode_event
from services.analytics.sql import SQL


def load_streams(cursor: Cursor, streams: Collection[str]) -> dict[str, list[StoredEvent]]:
    """Every event of these streams, by stream, oldest first; empty for one that is not there."""
    found: dict[str, list[StoredEvent]] = {stream: [] for stream in streams}
    cursor.execute(SQL["load_streams"], {"streams": list(streams)})
    for header, body, digest in cursor.fetchall():
        event = decode_event(bytes(header), bytes(body), bytes(digest))
        found[event.stream].append(event)
    return found
