"""Applying a page of the feed to a projection, once per event, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from libs.events.envelope import FeedEvent
from libs.events.postgres import parking, progress
from libs.events.postgres.database import Cursor
from libs.events.postgres.faults import is_transient, reason_of
from libs.events.postgres.progress import Build


class Projection(Protocol):
    """Tables made from the feed, disposable and rebuilt from it at any time.

    `name` is unique in the installation. `version` rises with every change of meaning or shape and
    asks for a rebuild. `apply` writes the effect of the events, in order, through the cursor and
    nothing else: it keeps nothing in memory, sends nothing, commits nothing, because it is rolled
    back and repeated at will. It names its tables without their schema. `schema` holds `tables`,
    which belong to this projection alone.
    """

    @property
    def name(self) -> str:
        """Unique in the installation."""
        ...

    @property
    def version(self) -> int:
        """Rises with every change of meaning or shape."""
        ...

    @property
    def schema(self) -> str:
        """The schema of the live tables."""
        ...

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that belong to this projection alone."""
        ...

    def apply(self, cursor: Cursor, events: Sequence[FeedEvent]) -> None:
        """Write the effect of the events, in order."""
        ...


class FeedGap(Exception):
    """An event arrived whose predecessor in its stream did not: never expected, never skipped."""

    def __init__(self, event: FeedEvent, seen: int) -> None:
        place = f"{event.event.stream} version {event.event.version}, position {event.position}"
        super().__init__(f"{place}: the last one seen is version {seen}")
        self.position, self.seen = event.position, seen


class Applied(msgspec.Struct, frozen=True):
    """What became of a page: events applied, streams in it, and those it parked with the reason."""

    events: int
    streams: int
    newly_parked: dict[str, str]


def apply_page(
    cursor: Cursor, projection: Projection, build: Build, events: Sequence[FeedEvent]
) -> Applied:
    """Apply what the build has not seen; park the streams that fail for good.

    Per stream: a version seen before is ignored, the next one is applied, a later one raises
    FeedGap. A transient error is raised as it is. The caller commits or rolls back.
    """
    streams = {each.event.stream for each in events}
    seen = progress.versions_seen(cursor, build, streams)
    parked = parking.parked_among(cursor, build, streams)
    later = {e.event.stream: e.event.version for e in events if e.event.stream in parked}
    fresh = _fresh([e for e in events if e.event.stream not in parked], seen)
    failed = _apply_all(cursor, projection, fresh)
    for event, reason in failed.values():
        parking.park(cursor, build, event, reason)
    done = _before_failures(fresh, failed)
    later |= {e.event.stream: e.event.version for e in fresh if e.event.stream in failed}
    parking.extend(cursor, build, later)
    progress.remember_seen(cursor, build, {e.event.stream: e.event.version for e in done})
    return Applied(
        events=len(done),
        streams=len(streams),
        newly_parked={stream: reason for stream, (_, reason) in failed.items()},
    )


def apply_waiting(
    cursor: Cursor, projection: Projection, build: Build, waiting: parking.Waiting
) -> bool:
    """Try a parked stream again from where it stopped; true when it is applied to its end."""
    fresh = _fresh(waiting.events, progress.versions_seen(cursor, build, {waiting.stream}))
    failed = _apply_singly(cursor, projection, fresh)
    done = _before_failures(fresh, failed)
    progress.remember_seen(cursor, build, {e.event.stream: e.event.version for e in done})
    if not failed:
        parking.unpark(cursor, build, waiting.stream)
        return True
    parking.park_again(cursor, build, *failed[waiting.stream])
    return False


_Failures = dict[str, tuple[FeedEvent, str]]


def _fresh(events: Sequence[FeedEvent], seen: dict[str, int]) -> list[FeedEvent]:
    fresh = []
    last = dict(seen)
    for each in events:
        stream, version = each.event.stream, each.event.version
        known = last.get(stream, 0)
        if version > known + 1:
            raise FeedGap(each, known)
        if version == known + 1:
            fresh.append(each)
            last[stream] = version
    return fresh


def _apply_all(cursor: Cursor, projection: Projection, events: Sequence[FeedEvent]) -> _Failures:
    if not events:
        return {}
    error = _attempt(cursor, projection, events)
    return {} if error is None else _apply_singly(cursor, projection, events)


def _apply_singly(cursor: Cursor, projection: Projection, events: Sequence[FeedEvent]) -> _Failures:
    failed: _Failures = {}
    for each in events:
        if each.event.stream in failed:
            continue
        error = _attempt(cursor, projection, [each])
        if error is not None:
            failed[each.event.stream] = (each, reason_of(error))
    return failed


def _attempt(
    cursor: Cursor, projection: Projection, events: Sequence[FeedEvent]
) -> Exception | None:
    cursor.execute("SAVEPOINT attempt")
    try:
        projection.apply(cursor, events)
    except Exception as error:
        if is_transient(error):
            raise
        cursor.execute("ROLLBACK TO SAVEPOINT attempt")
        return error
    cursor.execute("RELEASE SAVEPOINT attempt")
    return None


def _before_failures(events: Sequence[FeedEvent], failed: _Failures) -> list[FeedEvent]:
    return [
        e
        for e in events
        if e.event.stream not in failed or e.event.version < failed[e.event.stream][0].event.version
    ]
