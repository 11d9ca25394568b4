"""Stream loads in groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from libs.events.envelope import StoredEvent
from libs.events.errors import StreamError
from libs.events.postgres.database import Database
from libs.events.postgres.groups import Groups, Waiting
from libs.events.postgres.header import decode_event
from libs.events.postgres.lane import Lane
from libs.events.postgres.statements import statement

_LOAD_STREAM = statement("load_stream")
LOAD_STREAMS = statement("load_streams")
Wanted: TypeAlias = tuple[str, int]
"""A stream, and the version above which its events are wanted."""
_GROUP_SIZE = 64


class LoadGroups(Groups[Wanted, list[StoredEvent]]):
    """Many callers' streams in one statement."""

    def __init__(self, database: Database, *, patience: float) -> None:
        super().__init__(database, lanes=1, patience=patience)

    def take(self) -> list[Waiting[Wanted, list[StoredEvent]]]:
        """Up to 64 in order of arrival."""
        return [self._queue.popleft() for _ in range(min(_GROUP_SIZE, len(self._queue)))]

    async def send(
        self, lane: Lane, group: Sequence[Waiting[Wanted, list[StoredEvent]]]
    ) -> Sequence[list[StoredEvent] | StreamError]:
        """One statement for all."""
        if len(group) == 1:
            return [[stored(*row) for row in await lane.query(_LOAD_STREAM, group[0].work)]]
        streams, versions = zip(*[waiting.work for waiting in group], strict=True)
        found: list[list[StoredEvent]] = [[] for _ in group]
        for nth, *row in await lane.query(LOAD_STREAMS, (list(streams), list(versions))):
            found[nth - 1].append(stored(*row))
        return found


def stored(header: str, body: str, leaf: memoryview) -> StoredEvent:
    """An event from a row of these statements."""
    return decode_event(header.encode(), body.encode(), bytes(leaf))
