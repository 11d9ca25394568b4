"""The event store as services use it: appends in groups, loads in groups, and plain ones.

Asynchronous appends are **group commits**: what waits while a lane is busy goes out together as
one statement, one round trip, one durable commit, and each caller gets his own answer.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Self

import psycopg2

from libs.events.envelope import Append, Appended, StoredEvent
from libs.events.errors import StoreRefused, StoreUnavailable, StreamBusy, StreamError
from libs.events.postgres.appends import AppendGroups
from libs.events.postgres.batch import APPEND, STAND_IN_LINE, Prepared, Result, columns
from libs.events.postgres.copying import copy_stream
from libs.events.postgres.database import Cursor, Database
from libs.events.postgres.loads import LOAD_STREAMS, LoadGroups, stored
from libs.events.registry import Registry

PATIENCE = 30.0
"""Seconds an append is tried again while the database is away or the stream is busy."""


class EventStore:
    """Appends for one service and reads any stream.

    Every append may be repeated with its command id at any time: the first result is returned.
    Raises what `libs.events.errors` lists; after StoreUnavailable the outcome is unknown.
    `patience`: seconds that an append or load waits for a database that is away.
    """

    def __init__(
        self,
        database: Database,
        *,
        service: str,
        registry: Registry,
        patience: float = PATIENCE,
    ) -> None:
        self._database = database
        self._service = service
        self._registry = registry
        self._patience = patience
        self._appends = AppendGroups(database, patience=patience)
        self._loads = LoadGroups(database, patience=patience)

    async def start(self) -> None:
        """Begins to serve `append` and `load` on the running event loop."""
        self._appends.start()
        self._loads.start()

    async def close(self) -> None:
        """Refuses new work, finishes all that waits, and lets the connections go."""
        await self._appends.close()
        await self._loads.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def append(self, append: Append) -> Appended:
        """Stores durably, in a group with whatever else is waiting."""
        return await self._appends.put(self._prepare(append))

    async def load(self, stream: str, after_version: int = 0) -> list[StoredEvent]:
        """The stream's events above a version, in order; empty for a stream that does not exist."""
        return await self._loads.put((stream, after_version))

    def append_now(self, append: Append) -> Appended:
        """Stores durably in a transaction of its own; blocks, so never on an event loop."""
        prepared = self._prepare(append)
        give_up_at = time.monotonic() + self._patience
        in_line = False
        pause = 0.05
        while True:
            try:
                with self._database.transaction() as cursor:
                    if in_line:
                        cursor.execute(STAND_IN_LINE, (append.stream,))
                    return _required(_send(cursor, [prepared])[0])
            except (StreamBusy, psycopg2.errors.LockNotAvailable) as error:
                if time.monotonic() > give_up_at:
                    raise StreamBusy(append.stream) from error
                in_line = True
            except StoreUnavailable:
                # The outcome is unknown; the same command id makes the repeat harmless.
                if time.monotonic() + pause > give_up_at:
                    raise
                time.sleep(pause)
                pause = min(pause * 2, 2.0)

    def append_in(self, cursor: Cursor, append: Append) -> Appended:
        """Stores within the caller's transaction: durable when that commits.

        A refusal changes nothing and leaves the transaction usable. The stream stays claimed until
        its end; one that somebody else is writing to raises StreamBusy.
        """
        return _required(_send(cursor, [self._prepare(append)])[0])

    def append_all_in(self, cursor: Cursor, appends: Sequence[Append]) -> list[Result]:
        """Like `append_in` for many, each stream and command once; refusals are returned."""
        return _send(cursor, [self._prepare(append) for append in appends]) if appends else []

    def load_now(self, stream: str, after_version: int = 0) -> list[StoredEvent]:
        """Like `load`, blocking."""
        with self._database.transaction() as cursor:
            return copy_stream(cursor, stream, after_version)

    def load_all_in(self, cursor: Cursor, after: Mapping[str, int]) -> dict[str, list[StoredEvent]]:
        """The events of many streams above a version each, in the caller's transaction.

        A stream without any is absent.
        """
        streams = list(after)
        cursor.execute(LOAD_STREAMS, (streams, list(after.values())))
        found: dict[str, list[StoredEvent]] = {}
        for nth, *row in cursor.fetchall():
            found.setdefault(streams[nth - 1], []).append(stored(*row))
        return found

    def _prepare(self, append: Append) -> Prepared:
        if append.service != self._service:
            raise ValueError(f"{self._service} does not append for {append.service}")
        for event in append.events:
            self._registry.require_owner(self._service, event.type, event.schema)
        return Prepared(append)


def _send(cursor: Cursor, batch: list[Prepared]) -> list[Result]:
    try:
        cursor.execute(APPEND, columns(batch))
    except psycopg2.OperationalError:
        raise  # the transaction's owner tells what is lost
    except psycopg2.Error as error:
        raise StoreRefused(str(error).strip()) from error
    return [one.result(answer) for one, answer in zip(batch, cursor.fetchall(), strict=True)]


def _required(result: Result) -> Appended:
    if isinstance(result, StreamError):
        raise result
    return result
