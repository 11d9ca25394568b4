"""Reading an event's header bytes."""

from __future__ import annotations

from datetime import datetime

import msgspec

from libs.events.envelope import Actor, StoredEvent


class _Header(msgspec.Struct, gc=False):
    actor: str
    role: str
    unit: str
    command: str
    happened_at: datetime
    recorded_at: datetime
    schema: int
    service: str
    stream: str
    type: str
    version: int
    number: str | None = None
    post: str | None = None


_decode = msgspec.json.Decoder(_Header).decode


def decode_event(header: bytes, body: bytes, digest: bytes) -> StoredEvent:
    """The event whose stored bytes these are; its fields are read from the header.

    Raises msgspec.DecodeError on bytes that are no header.
    """
    h = _decode(header)
    return StoredEvent(
        stream=h.stream,
        version=h.version,
        type=h.type,
        schema=h.schema,
        happened_at=h.happened_at,
        recorded_at=h.recorded_at,
        actor=Actor(staff=h.actor, role=h.role, unit=h.unit, post=h.post),
        service=h.service,
        command_id=h.command,
        number=h.number,
        header=header,
        body=body,
        hash=digest,
    )
