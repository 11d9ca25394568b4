"""Many new streams that come into force at one commit: laid down in parts, then published.

What is laid down is no event yet: nobody but the one who lays it down sees it, and a crash loses
at most a part. `publish` makes all of it events in one transaction, so readers see none or all.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
import psycopg2

from libs.events.envelope import Actor, NewEvent
from libs.events.errors import StreamError
from libs.events.postgres.database import Connection, Cursor, Database
from libs.events.postgres.statements import statement
from libs.events.registry import Registry

_BEGIN = statement("staging_begin")
_CLAIM = statement("staging_claim")
_EVENTS = statement("staging_events")
_FIND = statement("staging_find")
_FORGET = statement("staging_forget")
_LAID = statement("staging_laid")
_PUBLISH = statement("staging_publish")
_STREAMS = statement("staging_streams")
_TAKEN = statement("staging_taken")
_REFUSALS = (
    psycopg2.errors.CheckViolation,
    psycopg2.errors.ObjectNotInPrerequisiteState,
    psycopg2.errors.UniqueViolation,
)
_NULL = "\\N"


class NewStream(msgspec.Struct, frozen=True, kw_only=True):
    """A stream from its first event on, and the command that makes it.

    `nth`: its place in the staging, from 1. `number` is kept by the first event. Every event says
    when it happened.
    """

    nth: int
    stream: str
    command_id: str
    command_hash: bytes
    actor: Actor
    events: tuple[NewEvent, ...]
    number: str | None = None
    wrapped_key: bytes | None = None


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """When a staging came into force, and how much it was."""

    published_at: datetime
    streams: int
    events: int


class StagingBusy(StreamError):
    """Another process is laying down the same staging."""


class StagingRefused(StreamError):
    """The store does not publish a staging; none of it came into force."""


class Staging:
    """One staging of one service, held by this process alone until closed.

    `begun_at`: the store's time when it was begun; `laid`: the place of the last stream laid down
    by an earlier process; `published`: what came of it, when that was before.
    """

    def __init__(
        self, connection: Connection, *, staging: str, plan: bytes, service: str, registry: Registry
    ) -> None:
        self._connection, self._registry = connection, registry
        self._key: dict[str, object] = {"staging": staging, "service": service, "plan": plan}
        self._service = service
        with connection, connection.cursor() as cursor:
            # The old plan is still on record here: what it laid down goes first.
            cursor.execute(_FORGET, self._key)
            cursor.execute(_BEGIN, self._key)
            self.begun_at, *published = _row(cursor)
            self.published = None if published[0] is None else _published(published)
            cursor.execute(_LAID, self._key)
            self.laid = int(_row(cursor)[0])

    def lay_down(self, streams: Sequence[NewStream]) -> None:
        """Keep these streams, all or none, durable but for a crash of the server.

        Raises NotOwner or UnknownEvent for an event the service may not append.
        """
        for stream in streams:
            for event in stream.events:
                self._registry.require_owner(self._service, event.type, event.schema)
        staging = str(self._key["staging"])
        with self._connection, self._connection.cursor() as cursor:
            cursor.copy_expert(_STREAMS, _lines(_stream_row(staging, one) for one in streams))
            cursor.copy_expert(
                _EVENTS, _lines(row for one in streams for row in _event_rows(staging, one))
            )

    def publish(self, streams: int) -> Published:
        """Make everything laid down events, at one commit; a repeat returns the first result.

        `streams`: how many there must be. Raises StagingRefused when one is missing, a number is
        taken or an event lies ahead of the store's clock.
        """
        try:
            with self._connection, self._connection.cursor() as cursor:
                cursor.execute(_PUBLISH, {**self._key, "streams": streams})
                return _published(_row(cursor))
        except _REFUSALS as error:
            raise StagingRefused(error.diag.message_primary) from error


@contextmanager
def staging_of(
    database: Database, *, staging: str, plan: bytes, service: str, registry: Registry
) -> Iterator[Staging]:
    """Begin a staging, or go on with it; `staging` names it (a hash of what is brought in).

    `plan` hashes whatever else the events are made by: what another plan laid down is dropped.
    Raises StagingBusy while another process holds it; the hold ends with the connection.
    """
    connection = database.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, {"staging": staging})
            if not _row(cursor)[0]:
                raise StagingBusy("another process is bringing in the same file")
        connection.autocommit = False
        yield Staging(connection, staging=staging, plan=plan, service=service, registry=registry)
    finally:
        connection.close()


def find_published(database: Database, staging: str) -> Published | None:
    """What came of a staging; None where none of that name has come into force."""
    with database.transaction() as cursor:
        cursor.execute(_FIND, {"staging": staging})
        row = cursor.fetchone()
    return None if row is None else _published(row)


def numbers_taken(database: Database, numbers: Sequence[str]) -> set[str]:
    """Those of the numbers that some complaint has already."""
    with database.transaction() as cursor:
        cursor.execute(_TAKEN, {"numbers": list(numbers)})
        return {row[0] for row in cursor.fetchall()}


def _row(cursor: Cursor) -> tuple[Any, ...]:
    row = cursor.fetchone()
    assert row is not None
    return row


def _published(row: Sequence[Any]) -> Published:
    published_at, streams, events = row
    return Published(published_at=published_at, streams=streams, events=events)


def _stream_row(staging: str, one: NewStream) -> tuple[str, ...]:
    return (
        staging,
        str(one.nth),
        one.stream,
        one.command_id,
        _bytes(one.command_hash),
        _NULL if one.number is None else _escaped(one.number),
        _escaped(one.actor.staff),
        one.actor.role,
        one.actor.unit,
        _NULL if one.wrapped_key is None else _bytes(one.wrapped_key),
    )


def _event_rows(staging: str, one: NewStream) -> Iterator[tuple[str, ...]]:
    for version, event in enumerate(one.events, start=1):
        assert event.happened_at is not None, "a staged event says when it happened"
        yield (
            staging,
            str(one.nth),
            str(version),
            event.type,
            str(event.schema),
            event.happened_at.isoformat(),
            _escaped(event.body.decode()),
        )


def _bytes(raw: bytes) -> str:
    return f"\\\\x{raw.hex()}"


def _escaped(text: str) -> str:
    # JSON in canonical form holds no raw tab or newline; the backslash is COPY's own escape.
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def _lines(rows: Iterable[tuple[str, ...]]) -> io.StringIO:
    return io.StringIO("".join("\t".join(row) + "\n" for row in rows))
