"""Streams that a projection could not apply: set aside with a reason, so that others go on.

A parked stream's events are not copied: they wait in the store from `at_version` to `last_version`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec

from libs.events.envelope import FeedEvent, StoredEvent
from libs.events.postgres.database import Cursor
from libs.events.postgres.feed import stored_range
from libs.events.postgres.progress import Build
from libs.events.postgres.statements import statement

_GET = statement("parked_get")
_PUT = statement("parked_put")
_EXTEND = statement("parked_extend")
_COUNT = statement("parked_count")
_DUE = statement("parked_due")
_AGAIN = statement("parked_again")
_REMOVE = statement("parked_remove")
_LIST = statement("parked_list")
_REPLAY = statement("parked_replay")


class ParkingLimits(msgspec.Struct, frozen=True, kw_only=True):
    """When parking means that the code is wrong, not the data, and the runner has to stop.

    `streams`: parked streams of one projection altogether. `ratio`: share of a page's streams that
    fail for the first time, looked at from `ratio_from` streams on.
    """

    streams: int = 100
    ratio: float = 0.5
    ratio_from: int = 20


class ParkingLimitReached(Exception):
    """Too much would be parked; the page was rolled back and the runner has stopped."""

    def __init__(self, projection: str, parked: int, reason: str) -> None:
        super().__init__(f"{projection}: {parked} streams would be parked; last: {reason}")
        self.projection, self.parked, self.reason = projection, parked, reason


class ParkedStream(msgspec.Struct, frozen=True, kw_only=True):
    """A stream set aside: `at_version` failed for `reason`; up to `last_version` waits behind it.

    `replay_at` is set while a replay is asked for and has not been tried yet.
    """

    projection: str
    stream: str
    at_version: int
    last_version: int
    reason: str
    attempts: int
    parked_at: datetime
    replay_at: datetime | None


class Waiting(msgspec.Struct, frozen=True):
    """The events of a parked stream that a replay has to apply.

    They are read from the stream, not from the feed: their position is given as -1.
    """

    stream: str
    events: tuple[FeedEvent, ...]


def parked_among(cursor: Cursor, build: Build, streams: Collection[str]) -> set[str]:
    """Which of these streams are parked in this build."""
    cursor.execute(_GET, {"build": build.build, "streams": list(streams)})
    return {stream for (stream,) in cursor}


def park(cursor: Cursor, build: Build, event: FeedEvent, reason: str) -> None:
    """Set the event's stream aside, from this event on."""
    version = event.event.version
    cursor.execute(
        _PUT,
        {
            "build": build.build,
            "stream": event.event.stream,
            "at_version": version,
            "last_version": version,
            "reason": reason,
        },
    )


def extend(cursor: Cursor, build: Build, later: Mapping[str, int]) -> None:
    """Let later events of parked streams wait, up to the given version of each."""
    if later:
        values = {"build": build.build, "streams": list(later), "versions": list(later.values())}
        cursor.execute(_EXTEND, values)


def count_parked(cursor: Cursor, build: Build) -> int:
    """How many streams are parked in this build."""
    cursor.execute(_COUNT, {"build": build.build})
    row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def check_limits(
    cursor: Cursor,
    build: Build,
    limits: ParkingLimits,
    parked: Mapping[str, str],
    streams: int,
) -> None:
    """Raise ParkingLimitReached when the streams parked by a page of `streams` are too many."""
    if not parked:
        return
    altogether = count_parked(cursor, build)
    of_page = len(parked) / streams if streams >= limits.ratio_from else 0.0
    if altogether > limits.streams or of_page > limits.ratio:
        raise ParkingLimitReached(build.projection, altogether, list(parked.values())[-1])


def next_replay(cursor: Cursor, build: Build) -> Waiting | None:
    """The longest parked stream whose replay was asked for, with its events from the store."""
    cursor.execute(_DUE, {"build": build.build})
    row = cursor.fetchone()
    if row is None:
        return None
    stream, first, last = row
    return Waiting(
        stream,
        tuple(
            FeedEvent(position=-1, event=event)
            for event in stored_range(cursor, stream, first, last)
        ),
    )


def events_waiting(cursor: Cursor, parked: ParkedStream) -> list[StoredEvent]:
    """The events of a parked stream that no effect has been made of."""
    first, last = parked.at_version, parked.last_version
    return stored_range(cursor, parked.stream, first, last)


def park_again(cursor: Cursor, build: Build, event: FeedEvent, reason: str) -> None:
    """A replay got as far as this event and failed; it waits for the next one asked for."""
    cursor.execute(
        _AGAIN,
        {
            "build": build.build,
            "stream": event.event.stream,
            "at_version": event.event.version,
            "reason": reason,
        },
    )


def unpark(cursor: Cursor, build: Build, stream: str) -> None:
    """The stream is applied to its end: it goes on like any other."""
    cursor.execute(_REMOVE, {"build": build.build, "stream": stream})


def list_parked(
    cursor: Cursor, projection: str | None = None, stream: str | None = None
) -> list[ParkedStream]:
    """Everything parked in live tables, of one projection or stream if named, oldest first."""
    cursor.execute(_LIST, {"projection": projection, "stream": stream})
    fields = ParkedStream.__struct_fields__
    return [ParkedStream(**dict(zip(fields, row, strict=True))) for row in cursor]


def ask_replay(
    cursor: Cursor, projection: str | None = None, stream: str | None = None
) -> list[str]:
    """Ask the runners to try parked streams again; returns which. They do within a second."""
    cursor.execute(_REPLAY, {"projection": projection, "stream": stream})
    return [name for (name,) in cursor]
