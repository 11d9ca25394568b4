"""An originator's events, in its stream."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from eventsourcing.persistence import (
    AggregateRecorder,
    IntegrityError,
    OperationalError,
    StoredEvent,
)

from libs.events.envelope import Actor, Append, NewEvent
from libs.events.errors import StreamBusy, StreamError, VersionConflict
from libs.events.library.naming import SCHEMA, Naming, decode, encode, type_of
from libs.events.postgres.database import Cursor, Database
from libs.events.postgres.statements import statement
from libs.events.postgres.store import EventStore

_STREAM = statement("library_stream")

_POLL_S = 0.02
PATIENCE = 10.0
SYSTEM = Actor(staff="system", role="system", unit="system")


class Stream(AggregateRecorder):
    """Reads and appends the events of one kind of stream.

    `insert_events` takes two arguments of ours through `Application.save`: `actor` (default: the
    system) and `command_id` (default: a new one; the same one again changes nothing). Raises the
    library's IntegrityError when somebody else appended first or versions leave a gap; database
    errors come through as they are.
    """

    def __init__(self, database: Database, store: EventStore, naming: Naming) -> None:
        self._database, self._store, self._naming = database, store, naming

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        **kwargs: Any,  # noqa: ANN401 - the library's signature
    ) -> Sequence[int] | None:
        """Append all of them, or none; returns nothing."""
        appends = list(self._appends(stored_events, **kwargs))
        give_up_at = time.monotonic() + PATIENCE
        while True:
            try:
                with self._database.transaction() as cursor:
                    self._write(cursor, appends, **kwargs)
            except StreamBusy as busy:
                # Whoever writes to the stream commits in a moment; then it is free, or ahead.
                if time.monotonic() > give_up_at:
                    raise OperationalError(str(busy)) from busy
                time.sleep(_POLL_S)
            else:
                return None

    def select_events(
        self,
        originator_id: uuid.UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """An originator's events between two versions, up or down."""
        bounds = {
            "after": None if gt is None else self._naming.stream_version(gt),
            "upto": None if lte is None else self._naming.stream_version(lte),
        }
        stream = self._naming.stream_of(originator_id)
        with self._database.transaction() as cursor:
            cursor.execute(_STREAM, {"stream": stream, "desc": desc, "limit": limit, **bounds})
            return [
                StoredEvent(originator_id, self._naming.originator_version(version), *decode(body))
                for version, body in cursor
            ]

    def _write(self, cursor: Cursor, appends: Sequence[Append], **_: Any) -> None:  # noqa: ANN401
        for result in self._store.append_all_in(cursor, appends):
            if isinstance(result, VersionConflict):
                raise IntegrityError(str(result)) from result
            if isinstance(result, StreamError):
                raise result

    def _appends(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        actor: Actor = SYSTEM,
        command_id: str | None = None,
        **_: object,
    ) -> Iterator[Append]:
        command = command_id or str(uuid.uuid4())
        streams: dict[uuid.UUID | str, list[StoredEvent]] = {}
        for event in stored_events:
            streams.setdefault(event.originator_id, []).append(event)
        for nth, events in enumerate(streams.values()):
            # One command may touch several streams: the append of each has an id of its own.
            yield self._command(events, actor, f"{command}-{nth}" if nth else command)

    def _command(self, events: Sequence[StoredEvent], actor: Actor, command_id: str) -> Append:
        stream = self._naming.stream_of(events[0].originator_id)
        first = self._naming.stream_version(events[0].originator_version)
        versions = [self._naming.stream_version(each.originator_version) for each in events]
        if first < 1 or versions != list(range(first, first + len(events))):
            raise IntegrityError(f"versions of {stream} do not follow each other: {versions}")
        bodies = [encode(each) for each in events]
        return Append(
            stream=stream,
            expected_version=first - 1,
            command_id=command_id,
            command_hash=hashlib.sha256(b"\n".join(bodies)).digest(),
            service=self._naming.service,
            actor=actor,
            events=tuple(
                NewEvent(type=type_of(each.topic), schema=SCHEMA, body=body)
                for each, body in zip(events, bodies, strict=True)
            ),
        )
