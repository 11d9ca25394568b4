"""Event bodies: what a decision proposes becomes canonical bytes, its free text sealed."""

from __future__ import annotations

import os

import msgspec

from libs.access.sealing import CaseKey, SealedField, seal, unseal
from libs.casework.registry import REGISTRY
from libs.complaints.commands import ProposedEvent
from libs.complaints.fields import encode
from libs.events import canonical
from libs.events.envelope import Actor, StoredEvent
from libs.procedures.facts import Value

SALT_BYTES = 16


class Imported(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an imported event comes from, and who took the step by that ledger's word.

    `ledger`: hex SHA-256 of the file; `row`: its row there; `source`: the name of the old system.
    """

    ledger: str
    row: int
    source: str
    role: str
    unit: str
    staff: str | None = None


class EventBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A body as stored. `data` is clear, `sealed` opens only with the case's key.

    `salt` makes the body's hash say nothing about its content once the body is destroyed.
    `imported` stands in events brought in from an old ledger, and in no others.
    """

    order: str | None = None
    to: tuple[str, ...] = ()
    to_kinds: tuple[str, ...] = ()
    unit_kind: str | None = None
    data: dict[str, object] = {}
    sealed: dict[str, SealedField] = {}
    salt: str
    imported: Imported | None = None


def acting(event: StoredEvent, body: EventBody) -> Actor:
    """Return who took the step: the one who recorded it, or the one that an old ledger names."""
    claim = body.imported
    if claim is None:
        return event.actor
    return Actor(staff=claim.staff or event.actor.staff, role=claim.role, unit=claim.unit)


def read_body(event: StoredEvent) -> EventBody:
    """Return what a stored body says, as today's schema has it. Raises `UnknownEvent`."""
    return msgspec.convert(REGISTRY.read(event.type, event.schema, event.body), EventBody)


def sealed_body(
    event: ProposedEvent,
    stream: str,
    version: int,
    key: CaseKey | None,
    imported: Imported | None = None,
) -> bytes:
    """Return the canonical body of `event` at its place; a text field needs the case's key.

    Sealing binds stream and version: a body is made anew when the append is tried at another one.
    """
    assert key is not None or not event.seal, "free text without a key to seal it"
    clear = {name: value for name, value in event.data.items() if name not in event.seal}
    sealed = {
        name: seal(key, stream, version, sealed_path(name), _text(event.data[name]))
        for name in event.seal
        if key is not None and name in event.data
    }
    body = EventBody(
        order=event.order,
        to=event.to,
        to_kinds=event.to_kinds,
        unit_kind=event.unit_kind,
        data=encode(clear),
        sealed=sealed,
        salt=os.urandom(SALT_BYTES).hex(),
        imported=imported,
    )
    return canonical.encode(msgspec.to_builtins(body))


def opened_fields(body: EventBody, stream: str, version: int, key: CaseKey) -> dict[str, str]:
    """Return the body's free text. Raises `SealBroken`."""
    return {
        name: unseal(key, stream, version, sealed_path(name), field)
        for name, field in body.sealed.items()
    }


def sealed_path(name: str) -> str:
    """Return the path that a seal binds."""
    return f"sealed.{name}"


def _text(value: Value) -> str:
    # Several texts under one name are sealed as one; each keeps its line.
    return "\n".join(map(str, value)) if isinstance(value, tuple) else str(value)
