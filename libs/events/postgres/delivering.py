"""Records that partitions bring, applied like a page of the feed: effect and offsets in one
transaction.

What a record claims to be is believed only when the store has the very same event: a topic can be
written by others, and nothing reaches the tables that is not in the store.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import msgspec

from libs.events.envelope import FeedEvent, StoredEvent
from libs.events.postgres import parking, progress
from libs.events.postgres.applying import Applied, Projection, apply_page
from libs.events.postgres.database import Cursor
from libs.events.postgres.feed import stored_range
from libs.events.postgres.parking import ParkingLimits
from libs.events.postgres.progress import Build, Fenced
from libs.events.postgres.statements import statement

_FIND = statement("delivery_find")
_BEGIN = statement("delivery_begin")
_MOVE = statement("delivery_move")
_KNOWN = statement("delivery_known")
_REFUSE = statement("delivery_refuse")
_LAG = statement("delivery_lag")
_STORE = statement("store_id")

Place: TypeAlias = tuple[str, int]
"""A topic and the number of a partition in it."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A record that is no event of this store, and why; `stream` and `position` as it claims."""

    place: Place
    offset: int
    reason: str
    stream: str | None = None
    position: int | None = None


class Carried(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A record that says what an event is: not yet held against the store."""

    place: Place
    offset: int
    event: FeedEvent


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What partitions brought: `moves` from the first offset to the next one to read, of each."""

    cluster: str
    moves: dict[Place, tuple[int, int]]
    carried: Sequence[Carried]
    refused: Sequence[Refused]


class Delivered(msgspec.Struct, frozen=True):
    """What became of a batch. `fetched`: versions that no record brought, read from the store."""

    build: Build
    applied: Applied
    refused: Sequence[Refused]
    fetched: Mapping[str, tuple[int, int]]


def places(cursor: Cursor, build: Build, cluster: str) -> dict[Place, int]:
    """The next offset of each partition that this build has begun to read in this cluster."""
    cursor.execute(_FIND, {"build": build.build, "cluster": cluster})
    return {(topic, partition): offset for topic, partition, offset in cursor}


def begin(cursor: Cursor, build: Build, cluster: str, offsets: Mapping[Place, int]) -> None:
    """Go on from these offsets; the caller has applied the feed up to where they were noted."""
    values = {
        "build": build.build,
        "cluster": cluster,
        "topics": [topic for topic, _ in offsets],
        "partitions": [partition for _, partition in offsets],
        "offsets": list(offsets.values()),
    }
    cursor.execute(_BEGIN, values)


def deliver(
    cursor: Cursor, projection: Projection, build: Build, batch: Batch, limits: ParkingLimits
) -> Delivered:
    """Apply a batch and move its partitions, in the cursor's transaction, which chose the tables.

    Versions seen before are ignored; versions that are missing are read from the store. Raises
    Fenced when another member has moved a partition on, ParkingLimitReached, or a transient error:
    the caller rolls back and nothing has happened.
    """
    # A member that freezes in the middle must not keep its successor from these rows for long.
    cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '20s'")
    progress.share(cursor, build)
    _move(cursor, build, batch)
    events, refused = _believed(cursor, batch)
    complete, fetched = _with_missing(cursor, build, events)
    applied = apply_page(cursor, projection, build, complete)
    parking.check_limits(cursor, build, limits, applied.newly_parked, applied.streams)
    for each in refused:
        _refuse(cursor, build, batch.cluster, each)
    moved = progress.take(cursor, build, [each.position for each in events])
    return Delivered(moved, applied, refused, fetched)


def store_id(cursor: Cursor) -> str:
    """The name of the store, which complaint ids carry."""
    cursor.execute(_STORE)
    row = cursor.fetchone()
    assert row is not None
    return str(row[0])


def lag(cursor: Cursor, build: Build) -> tuple[int, float]:
    """Events acknowledged by the cluster and not in the tables; seconds since these last moved."""
    cursor.execute(_LAG, {"build": build.build})
    row = cursor.fetchone()
    return (int(row[0]), float(row[1])) if row else (0, 0.0)


def _move(cursor: Cursor, build: Build, batch: Batch) -> None:
    values = {
        "build": build.build,
        "cluster": batch.cluster,
        "topics": [topic for topic, _ in batch.moves],
        "partitions": [partition for _, partition in batch.moves],
        "first": [first for first, _ in batch.moves.values()],
        "next": [following for _, following in batch.moves.values()],
    }
    cursor.execute(_MOVE, values)
    if cursor.rowcount != len(batch.moves):
        raise Fenced(f"partitions of {build.projection} have been moved on by another member")


def _believed(cursor: Cursor, batch: Batch) -> tuple[list[FeedEvent], list[Refused]]:
    """The records that are events of the store, by position; the others join the refused."""
    asked = [each.event.event for each in batch.carried]
    values = {"streams": [e.stream for e in asked], "versions": [e.version for e in asked]}
    cursor.execute(_KNOWN, values)
    known = {(stream, version): bytes(digest) for stream, version, digest in cursor}
    events, refused = [], list(batch.refused)
    for each in batch.carried:
        event = each.event.event
        if known.get((event.stream, event.version)) == event.hash:
            events.append(each.event)
        else:
            refused.append(
                Refused(
                    place=each.place,
                    offset=each.offset,
                    reason="not in the store",
                    stream=event.stream,
                    position=each.event.position,
                )
            )
    # A stream lies in one partition, in order; positions put a repeated run in order too.
    return sorted(events, key=lambda each: each.position), refused


def _with_missing(
    cursor: Cursor, build: Build, events: Sequence[FeedEvent]
) -> tuple[list[FeedEvent], dict[str, tuple[int, int]]]:
    streams = {each.event.stream for each in events}
    last = progress.versions_seen(cursor, build, streams)
    parked = parking.parked_among(cursor, build, streams)
    complete: list[FeedEvent] = []
    fetched: dict[str, tuple[int, int]] = {}
    for each in events:
        stream, version = each.event.stream, each.event.version
        known = last.get(stream, 0)
        if version > known + 1 and stream not in parked:
            missing = stored_range(cursor, stream, known + 1, version - 1)
            complete += _at(missing, each.position)
            fetched[stream] = (fetched.get(stream, (known + 1, 0))[0], version - 1)
        complete.append(each)
        last[stream] = max(known, version)
    return complete, fetched


def _at(events: Collection[StoredEvent], position: int) -> list[FeedEvent]:
    """Their own places are not known here, only that of the event which showed they are missing."""
    return [FeedEvent(position=position, event=event) for event in events]


def _refuse(cursor: Cursor, build: Build, cluster: str, refused: Refused) -> None:
    topic, partition = refused.place
    values = {
        "projection": build.projection,
        "cluster": cluster,
        "topic": topic,
        "partition": partition,
        "offset": refused.offset,
        "reason": refused.reason,
        "stream": refused.stream,
        "position": refused.position,
    }
    cursor.execute(_REFUSE, values)
