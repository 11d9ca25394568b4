"""Event bodies: what a decision proposes becomes canonical bytes, its free text sealed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from libs.access.sealing import CaseKey, SealedField, seal, unseal
from libs.complaints.commands import ProposedEvent
from libs.events.canonical import canonical
from libs.procedures.facts import Scalar, Value

SALT_BYTES = 16
Plain = bool | int | str | None | list[bool | int | str | None]


class EventBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A body as stored. `data` is clear, `sealed` opens only with the case's key.

    `salt` makes the body's hash say nothing about its content once the body is destroyed.
    """

    order: str | None = None
    to: tuple[str, ...] = ()
    to_kinds: tuple[str, ...] = ()
    unit_kind: str | None = None
    data: dict[str, Plain] = {}
    sealed: dict[str, SealedField] = {}
    salt: str


_decode = msgspec.json.Decoder(EventBody).decode


def read_body(body: bytes) -> EventBody:
    """Return what the stored bytes say."""
    return _decode(body)


def sealed_body(event: ProposedEvent, stream: str, version: int, key: CaseKey | None) -> bytes:
    """Return the canonical body of `event` at its place; a text field needs the case's key.

    Sealing binds stream and version: a body is made anew when the append is tried at another one.
    """
    assert key is not None or not event.seal, "free text without a key to seal it"
    data, sealed = {}, {}
    for name, value in event.data.items():
        if name in event.seal:
            assert key is not None
            sealed[name] = seal(key, stream, version, sealed_path(name), _text(value))
        else:
            data[name] = plain(value)
    body = EventBody(
        order=event.order,
        to=event.to,
        to_kinds=event.to_kinds,
        unit_kind=event.unit_kind,
        data=data,
        sealed=sealed,
        salt=os.urandom(SALT_BYTES).hex(),
    )
    return canonical(msgspec.to_builtins(body))


def opened_fields(body: EventBody, stream: str, version: int, key: CaseKey) -> dict[str, str]:
    """Return the body's free text. Raises `SealBroken`."""
    return {
        name: unseal(key, stream, version, sealed_path(name), field)
        for name, field in body.sealed.items()
    }


def sealed_path(name: str) -> str:
    """Return the path that a seal binds."""
    return f"sealed.{name}"


def plain(value: Value) -> Plain:
    """Return a value as JSON holds it; times become ISO 8601 in UTC with six digits."""
    return [_scalar(member) for member in value] if isinstance(value, tuple) else _scalar(value)


def _scalar(value: Scalar) -> bool | int | str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value


def _text(value: Value) -> str:
    # Several texts under one name are sealed as one; each keeps its line.
    return "\n".join(map(str, value)) if isinstance(value, tuple) else str(value)
