"""An event as a Kafka record: CloudEvents 1.0, binary mode, and back.

The value is the event's body as stored, sealed fields sealed. The attributes are headers `ce_*`;
`eventheader` is the stored header, byte for byte, so that a consumer has the whole event and can
prove it. `feedposition` is its place in the feed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from functools import lru_cache
from typing import TypeAlias

import msgspec
from aiokafka.partitioner import murmur2

from libs.events.canonical import MAX_BYTES, body_hash, leaf_hash
from libs.events.envelope import FeedEvent
from libs.events.postgres.header import decode_event

Headers: TypeAlias = list[tuple[str, bytes]]

_TYPE = "redress."
_LARGEST_HEADERS = 16 * 1024
_LONGEST_NAME = 200
_MOST_DIGITS = 18


class NotAnEvent(Exception):
    """A record that says nothing a publisher of ours would say; what it claims, as far as read."""

    def __init__(self, reason: str, stream: str | None = None, position: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.stream, self.position = reason, stream, position


def headers_of(each: FeedEvent, source: bytes) -> Headers:
    """The attributes of an event; `source` names the store (`/redress/<store>`)."""
    event = each.event
    stream = event.stream.encode()
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"%b/%d" % (stream, event.version)),
        ("ce_source", source),
        ("ce_type", f"{_TYPE}{event.type}".encode()),
        ("ce_subject", stream),
        ("ce_time", event.recorded_at.astimezone(UTC).isoformat().encode()),
        ("ce_dataschema", b"urn:redress:%b:%d" % (event.type.encode(), event.schema)),
        ("ce_partitionkey", stream),
        ("ce_streamversion", b"%d" % event.version),
        ("ce_feedposition", b"%d" % each.position),
        ("ce_eventheader", event.header),
        ("content-type", b"application/json"),
    ]


def event_of(
    key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]
) -> FeedEvent:
    """The event that a record carries, its hash computed from its bytes.

    Raises NotAnEvent for anything a publisher of ours would not write. Whether the store has this
    very event is for the caller to find out: everybody can compute a hash.
    """
    size = len(value or b"")
    if size > MAX_BYTES or sum(len(raw) for _, raw in headers) > _LARGEST_HEADERS:
        raise NotAnEvent(f"larger than an event can be ({size} bytes)")
    found = dict(headers)
    stream = _text(found.get("ce_subject"))
    position = _whole(found.get("ce_feedposition"))
    header = found.get("ce_eventheader")
    if len(found) != len(headers) or value is None or not stream or position is None or not header:
        raise NotAnEvent("not in the form of our records", stream, position)
    try:
        event = decode_event(header, value, leaf_hash(header))
    except msgspec.MsgspecError:
        raise NotAnEvent("its header cannot be read", stream, position) from None
    if key != event.stream.encode() or stream != event.stream:
        raise NotAnEvent("its key, subject and header name different streams", stream, position)
    # The header is in canonical form if it is genuine; then this is the one place for the hash.
    if f'"body":"{body_hash(value)}"'.encode() not in header:
        raise NotAnEvent("its body is not the one its header was made for", stream, position)
    return FeedEvent(position=position, event=event)


@lru_cache(maxsize=65536)
def partition_of(stream: str, partitions: int) -> int:
    """The partition of a stream: Kafka's own rule for a key, so that others find it too."""
    return int(murmur2(stream.encode()) & 0x7FFFFFFF) % partitions


def _text(raw: bytes | None) -> str | None:
    # What a stranger writes is shown to an operator only if it looks like a name of ours.
    text = (raw or b"")[:_LONGEST_NAME].decode("ascii", errors="replace")
    return text if text and all(c.isalnum() or c in "/-_." for c in text) else None


def _whole(raw: bytes | None) -> int | None:
    return int(raw) if raw and len(raw) <= _MOST_DIGITS and raw.isdigit() else None
