"""Running a projection over Kafka: the same effect exactly once, by another way.

A member of a group takes what its partitions bring; effect and offsets are stored in one
transaction of PostgreSQL, by compare and set, so that a member that was frozen or replaced changes
nothing. Where Kafka cannot tell what lies before (the first start, offsets that are gone, another
cluster), everything up to now is read from the feed first; the two overlap, and a version seen
before is ignored. While there is no usable Kafka the projection follows the feed, as without one.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from libs import metrics
from libs.events.kafka.admin import KafkaAway, TopicsDiffer
from libs.events.kafka.closing import ended
from libs.events.kafka.cluster import ClusterChanged, Ends, ends
from libs.events.kafka.membership import Membership, NotBegun
from libs.events.kafka.reading import Records, batch_of
from libs.events.kafka.topics import Topics
from libs.events.postgres import delivering
from libs.events.postgres.applying import Applied, Projection
from libs.events.postgres.database import Cursor, Database
from libs.events.postgres.delivering import Delivered, Place
from libs.events.postgres.faults import is_denied, is_transient
from libs.events.postgres.parking import ParkingLimits
from libs.events.postgres.progress import Build, Fenced
from libs.events.postgres.projection import ProjectionRunner

_IDLE_S = 0.03
_FIRST_BACKOFF_S = 0.1
_POLL_MS = 250
_TEND_EVERY_S = 0.5
_CHECK_EVERY_S = 15.0
# While nothing comes, Kafka may be away: its client does not tell.
_CHECK_IDLE_S = 5.0
_COMMIT_EVERY_S = 5.0
_LONGEST_BACKOFF_S = 10.0
_SESSION_MS = 10_000

_T = TypeVar("_T")
_log = structlog.get_logger(__name__)


class KafkaRunner(ProjectionRunner):
    """A `ProjectionRunner` that takes the events from Kafka. Run it in a thread of its own.

    `fault` says why the projection is on the feed for now; None while it is live. What Kafka has
    acknowledged and what does not arrive for `patience` seconds is read from the feed.
    """

    def __init__(
        self,
        database: Database,
        projection: Projection,
        bootstrap: str,
        topics: Topics,
        *,
        page: int = 500,
        limits: ParkingLimits | None = None,
        patience: float = 10.0,
    ) -> None:
        super().__init__(database, projection, page=page, limits=limits)
        self.fault = "not live yet"
        self._bootstrap, self._topics, self._patience = bootstrap, topics, patience
        self._live_gauge = metrics.CONSUMER_LIVE.labels(projection.name)
        self._refused = metrics.CONSUMER_REFUSED.labels(projection.name)
        self._fetched = metrics.CONSUMER_FETCHED.labels(projection.name)
        self._lag = (0, 0.0)
        self._reached = -1
        # The database's answers are waited for here, so that heartbeats go on meanwhile.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{projection.name}-effects")

    def run(self, stop: threading.Event) -> None:
        """Follow until `stop`. Raises what stopped it for good, after writing it to `failure`."""
        try:
            asyncio.run(self._follow(stop))
        finally:
            self._thread.shutdown()

    def lag(self, cursor: Cursor, build: Build) -> tuple[int, float]:
        """Events that Kafka has acknowledged and that are not applied; seconds without progress."""
        self._lag = delivering.lag(cursor, build)
        return self._lag

    async def _follow(self, stop: threading.Event) -> None:
        backoff = _FIRST_BACKOFF_S
        while not stop.is_set():
            try:
                here = await ends(self._bootstrap, self._topics)
                await self._catch_up(here, stop)
                backoff = _FIRST_BACKOFF_S
                await self._take_part(here.cluster, stop)
            except (NotBegun, ClusterChanged, OffsetOutOfRangeError) as error:
                self._tell(error)
            except (KafkaAway, KafkaError, TopicsDiffer, OSError) as error:
                self._tell(error)
                await self._on_the_feed(stop, backoff)
                backoff = min(backoff * 2, _LONGEST_BACKOFF_S)
            except Exception as error:
                if not is_transient(error) and not is_denied(error):
                    self._stopped(error)
                    raise
                self._tell(error)
                await asyncio.to_thread(stop.wait, backoff)
                backoff = min(backoff * 2, _LONGEST_BACKOFF_S)

    async def _catch_up(self, here: Ends, stop: threading.Event) -> None:
        """From the feed, up to now, for partitions whose next offset this cluster cannot serve."""
        known = await self._database_work(self._places, here.cluster)
        lost = {
            place: offset
            for place, offset in here.next.items()
            if place not in known or not here.first[place] <= known[place] <= offset
        }
        for place in lost.keys() & known.keys():
            _log.error("offset_gone", projection=self.projection.name, topic=place[0],
                       partition=place[1], offset=known[place], first=here.first[place],
                       next=here.next[place], position=self._reached)  # fmt: skip
        if lost:
            # The ends were noted before the feed is read: what was published until then is in it.
            await self._to_head(stop)
            await self._database_work(self._begin, here.cluster, lost)

    async def _to_head(self, stop: threading.Event) -> None:
        moved = -1
        while moved and not stop.is_set():
            with contextlib.suppress(Fenced):
                moved = await self._database_work(self.step)

    async def _on_the_feed(self, stop: threading.Event, seconds: float) -> None:
        """Follow the feed for a while, as a projection without Kafka does."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not stop.is_set():
            moved = 0
            try:
                moved = await self._database_work(self.step)
            except Exception as error:
                if not isinstance(error, Fenced) and not is_transient(error):
                    if not is_denied(error):
                        self._stopped(error)
                        raise
                    self._tell(error)
            if not moved:
                await asyncio.to_thread(self.idle, stop, _IDLE_S)

    async def _take_part(self, cluster: str, stop: threading.Event) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            client_id="redress-consumer",
            group_id=f"redress.{await self._database_work(self._store_id)}.{self.projection.name}",
            enable_auto_commit=False,
            auto_offset_reset="none",
            session_timeout_ms=_SESSION_MS,
            heartbeat_interval_ms=_SESSION_MS // 3,
            fetch_max_wait_ms=_POLL_MS,
        )
        member = Membership(consumer)
        consumer.subscribe(list(self._topics.topics), listener=member)
        try:
            await consumer.start()
            _log.info("consumer_live", projection=self.projection.name, cluster=cluster)
            self.fault = None
            self._live_gauge.set(1)
            await self._consume(member, cluster, stop)
        finally:
            self._live_gauge.set(0)
            await ended(consumer.stop())

    async def _consume(self, member: Membership, cluster: str, stop: threading.Event) -> None:
        tended = checked = committed = time.monotonic()
        while not stop.is_set():
            if member.unplaced():
                member.place(await self._database_work(self._places, cluster))
            records = await member.poll(_POLL_MS, self._page)
            if records:
                await self._apply(member, cluster, records, stop)
            now = time.monotonic()
            if now - tended > _TEND_EVERY_S:
                tended = now
                await self._tend(stop, arriving=bool(records))
            if now - committed > _COMMIT_EVERY_S:
                committed = now
                await member.commit()
            if now - checked > (_CHECK_EVERY_S if records else _CHECK_IDLE_S):
                checked = now
                found = await ends(self._bootstrap, self._topics)
                if found.cluster != cluster:
                    raise ClusterChanged(cluster, found.cluster, self._reached)

    async def _apply(
        self, member: Membership, cluster: str, records: Records, stop: threading.Event
    ) -> None:
        backoff = 0.05
        while not stop.is_set():
            try:
                with member.busy():
                    delivered = await self._database_work(
                        self._deliver, cluster, records, member.next
                    )
            except Fenced:
                member.forget()  # another member has them, or had them: look again where they are
                return
            except Exception as error:
                if not is_transient(error):
                    raise
                _log.warning("projection_waits", projection=self.projection.name,
                             error=type(error).__name__)  # fmt: skip
                await member.pause(backoff)
                if not member.holds(records):
                    return
                backoff = min(backoff * 2, _LONGEST_BACKOFF_S)
            else:
                member.moved(records)
                self._tell_delivered(delivered)
                return

    async def _tend(self, stop: threading.Event, *, arriving: bool) -> None:
        with contextlib.suppress(Fenced):
            await self._database_work(self.look_aside)
        behind, seconds = self._lag
        if behind and seconds > self._patience and not arriving:
            _log.error("positions_missing", projection=self.projection.name,
                       position=self._reached + 1, events=behind)  # fmt: skip
            await self._on_the_feed(stop, _TEND_EVERY_S)

    def _deliver(self, cluster: str, records: Records, following: Mapping[Place, int]) -> Delivered:
        batch = batch_of(cluster, records, following, self._topics)
        with self._live() as (cursor, build):
            return delivering.deliver(cursor, self.projection, build, batch, self._limits)

    def _places(self, cluster: str) -> dict[Place, int]:
        with self._live() as (cursor, build):
            self._reached = build.position
            return delivering.places(cursor, build, cluster)

    def _begin(self, cluster: str, offsets: Mapping[Place, int]) -> None:
        with self._live() as (cursor, build):
            delivering.begin(cursor, build, cluster, offsets)

    def _store_id(self) -> str:
        with self._live() as (cursor, _):
            return delivering.store_id(cursor)

    async def _database_work(self, work: Callable[..., _T], *arguments: object) -> _T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, functools.partial(work, *arguments))

    def _tell(self, error: Exception) -> None:
        self.fault = f"{type(error).__name__}: {error}"
        _log.error("consumer_on_the_feed", projection=self.projection.name, error=self.fault,
                   position=self._reached)  # fmt: skip

    def _report(self, build: Build, applied: Applied | None) -> None:
        self._reached = build.position
        super()._report(build, applied)

    def _tell_delivered(self, delivered: Delivered) -> None:
        self._report(delivered.build, delivered.applied)
        for each in delivered.refused:
            self._refused.inc()
            _log.error("record_refused", projection=self.projection.name, topic=each.place[0],
                       partition=each.place[1], offset=each.offset, reason=each.reason,
                       stream=each.stream, position=each.position)  # fmt: skip
        for stream, (first, last) in delivered.fetched.items():
            self._fetched.inc(last - first + 1)
            _log.warning("versions_fetched", projection=self.projection.name, stream=stream,
                         first=first, last=last)  # fmt: skip
