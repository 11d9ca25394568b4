"""Running a projection: following the feed with an effect that happens exactly once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from psycopg2 import sql

from libs.events.postgres import parking, progress
from libs.events.postgres.applying import Applied, Projection, apply_page, apply_waiting
from libs.events.postgres.database import Cursor, Database
from libs.events.postgres.faults import is_transient
from libs.events.postgres.feed import read_feed
from libs.events.postgres.gauges import ProjectionGauges
from libs.events.postgres.parking import ParkingLimits
from libs.events.postgres.progress import Build, Fenced
from libs.events.postgres.statements import statement

_LAG = statement("feed_lag")
_POSITION = statement("build_position")
_SEEN = statement("build_seen")

_IDLE_S = 0.03
_ASIDE_EVERY_S = 0.5
_FENCED_S = 0.5
_LONGEST_BACKOFF_S = 30.0

_log = structlog.get_logger(__name__)


def move_on(
    cursor: Cursor,
    projection: Projection,
    build: Build,
    page: int,
    limits: ParkingLimits,
) -> tuple[Build, Applied | None]:
    """Apply the next page of the feed and move the build, both in the cursor's transaction.

    None when the feed has nothing more. The caller has chosen the tables by `search_path`. Raises
    Fenced, FeedGap, ParkingLimitReached or a transient error; the caller then rolls back.
    """
    events = read_feed(cursor, build.position, page)
    if not events:
        return build, None
    # First of all, so that a second runner is held or fenced before it has any effect.
    moved = progress.advance(cursor, build, events[-1].position)
    applied = apply_page(cursor, projection, build, events)
    parking.check_limits(cursor, build, limits, applied.newly_parked, applied.streams)
    return moved, applied


def use_schema(cursor: Cursor, schema: str) -> None:
    """Let unqualified names mean this schema's tables until the end of the transaction."""
    cursor.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))


class ProjectionRunner:
    """Applies the feed to one projection's live tables, in pages, from one thread.

    Effect and position are stored in one transaction, and the position moves by compare and set: a
    crash, a repeat or a second runner at any instant changes nothing. Errors that waiting can heal
    are waited out; others park their stream (see `parking`); too many of those stop the runner,
    and `failure` says why. `fault` names what is wrong while the work goes on all the same.
    Positions are those of the feed; -1 before the first event. `idle` waits for news at most so
    many seconds, `on_applied` is called whenever an effect has been stored; both may be replaced
    before it runs.
    """

    def __init__(
        self,
        database: Database,
        projection: Projection,
        *,
        page: int = 500,
        limits: ParkingLimits | None = None,
    ) -> None:
        self.projection = projection
        self.failure: Exception | None = None
        self.fault: str | None = None
        self._database = database
        self._page = page
        self._limits = limits or ParkingLimits()
        self.idle: Callable[[threading.Event, float], object] = threading.Event.wait
        self.on_applied: Callable[[], None] | None = None
        self._build: Build | None = None
        self._looked_aside = 0.0
        self._metrics = ProjectionGauges(projection.name)

    def run(self, stop: threading.Event) -> None:
        """Step until `stop`. Raises what stopped it for good, after writing it to `failure`."""
        backoff = _IDLE_S
        while not stop.is_set():
            try:
                if not self.step():
                    self.idle(stop, _IDLE_S)
                pause, backoff = 0.0, _IDLE_S
            except Fenced:
                # Another runner works on this build: stand by, and look again where it is.
                pause = _FENCED_S
            except Exception as error:
                if not is_transient(error):
                    self._stopped(error)
                    raise
                _log.warning(
                    "projection_waits", projection=self.projection.name, error=_name(error)
                )
                pause = backoff
                backoff = min(backoff * 2, _LONGEST_BACKOFF_S)
            stop.wait(pause)

    def step(self) -> int:
        """Apply the next page and look aside when due; returns how many positions it moved.

        Raises Fenced when another runner was first: nothing changed, step again.
        """
        with self._live() as (cursor, build):
            moved, applied = move_on(cursor, self.projection, build, self._page, self._limits)
        # With nothing to apply, it looks again where the build is: a store that was emptied has
        # none at this place, and the feed would never get beyond it.
        self._build = moved if applied else None
        self._report(moved, applied)
        if time.monotonic() - self._looked_aside > _ASIDE_EVERY_S:
            self.look_aside()
        return moved.position - build.position

    def look_aside(self) -> None:
        """Try one parked stream whose replay was asked for, if any, and refresh the metrics."""
        with self._live() as (cursor, build):
            waiting = parking.next_replay(cursor, build)
            if waiting is not None:
                progress.advance(cursor, build, build.position)
                done = apply_waiting(cursor, self.projection, build, waiting)
                _log.info("stream_replayed", stream=waiting.stream, to_its_end=done)
            events, seconds = self.lag(cursor, build)
            self._metrics.lag_events.set(events)
            self._metrics.lag_seconds.set(seconds)
            self._metrics.parked.set(parking.count_parked(cursor, build))
        self._build = build
        if waiting is None:
            self._looked_aside = time.monotonic()

    def lag(self, cursor: Cursor, build: Build) -> tuple[int, float]:
        """Events of the feed not yet applied, and seconds since the first of them was recorded."""
        cursor.execute(_LAG, {"position": build.position})
        row = cursor.fetchone()
        assert row is not None
        return int(row[0]), float(row[1])

    def position(self) -> int:
        """The last feed position whose effect is stored, by whichever runner; -1: none."""
        return self._ask(_POSITION, {}, -1)

    def wait_for(self, position: int, timeout: float) -> bool:
        """Wait until `position` is stored; false when `timeout` seconds pass first."""
        return _until(lambda: self.position() >= position, timeout)

    def wait_for_version(self, stream: str, version: int, timeout: float) -> bool:
        """Wait until that version of a stream is stored (read your write); false on time-out.

        A parked stream does not get there.
        """
        return _until(lambda: self._ask(_SEEN, {"stream": stream}, 0) >= version, timeout)

    @contextmanager
    def _live(self) -> Iterator[tuple[Cursor, Build]]:
        # Forgotten until the caller remembers it after the commit: whatever goes wrong in between,
        # the next transaction looks where the build is.
        build, self._build = self._build, None
        with self._database.transaction() as cursor:
            if build is None:
                build = progress.open_live(cursor, self.projection.name, self.projection.version)
            use_schema(cursor, self.projection.schema)
            yield cursor, build

    def _report(self, build: Build, applied: Applied | None) -> None:
        self._metrics.position.set(build.position)
        if applied is not None and self.on_applied is not None:
            self.on_applied()
        for stream, reason in (applied.newly_parked if applied else {}).items():
            _log.error("stream_parked", projection=build.projection, stream=stream, reason=reason)

    def _stopped(self, error: Exception) -> None:
        self.failure = error
        self._metrics.stopped.set(1)
        _log.critical("projection_stopped", projection=self.projection.name, error=_name(error))

    def _ask(self, question: str, values: dict[str, object], otherwise: int) -> int:
        with self._database.transaction() as cursor:
            cursor.execute(question, {"projection": self.projection.name, **values})
            row = cursor.fetchone()
        return otherwise if row is None else int(row[0])


def _name(error: Exception) -> str:
    return type(error).__name__


def _until(reached: Callable[[], bool], timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while not reached():
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(0.01, left))
    return True
