"""Feed to Kafka: every event at least once, in order within its stream, none skipped.

One of any number of publishers works, by lease. A page of the feed goes out as one batch per
partition; only when all are acknowledged by every copy the topic demands, the position moves, in
PostgreSQL. So a crash at any instant repeats the last page and loses nothing, and within a
partition nothing overtakes: the next page waits. One that was frozen and wakes up can at most
repeat its last page and moves nothing. After any error the producer is thrown away: a new one
begins where the position is.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
import uuid
from collections.abc import AsyncIterator

import structlog
from aiokafka import AIOKafkaProducer

from libs import metrics
from libs.events.errors import StoreUnavailable
from libs.events.kafka.closing import ended
from libs.events.kafka.cluster import ClusterChanged, ends
from libs.events.kafka.pages import PageBuilder, PageToSend
from libs.events.kafka.topics import Topics
from libs.events.postgres.database import Database
from libs.events.postgres.delivering import Place
from libs.events.postgres.publishing import Acknowledged, Lease, LeaseLost, PublisherStore

_IDLE_S = 0.02
_STANDBY_S = 0.5
_CHECK_EVERY_S = 10.0
_REQUEST_MS = 10_000
_LONGEST_BACKOFF_S = 10.0

_log = structlog.get_logger(__name__)


class TopicEmptied(Exception):
    """A partition does not have the records that were acknowledged: it was made anew or emptied."""

    def __init__(self, place: Place, known: Acknowledged, found: int) -> None:
        topic, partition = place
        super().__init__(
            f"{topic} partition {partition} ends at offset {found}, position {known.position} was "
            f"acknowledged at {known.offset}: `redress kafka republish` fills it again"
        )


class StoreOlder(Exception):
    """The feed ends before what was published: the store was put back, the topics were not."""

    def __init__(self, head: int, position: int) -> None:
        super().__init__(
            f"the feed ends at {head}, published is everything up to {position}: the store was "
            "restored to an earlier state; wipe the topics and `redress kafka republish`"
        )


class Publisher:
    """Publishes while it holds the lease, until told to stop; stands by otherwise.

    The lease may be taken over after `patience` seconds of silence. `page`: most events at once.
    """

    def __init__(
        self,
        database: Database,
        bootstrap: str,
        topics: Topics,
        *,
        patience: float = 6.0,
        page: int = 2000,
    ) -> None:
        holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._store = PublisherStore(database, holder, patience)
        self._bootstrap, self._topics, self._patience, self._page = (
            bootstrap,
            topics,
            patience,
            page,
        )
        self._acknowledged: dict[Place, Acknowledged] = {}
        self._renewed = self._checked = 0.0
        self._reached: int | None = None
        self.fault: str | None = None
        """Why nothing can be published; None while it works or another one does."""

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop`; errors are told, waited out, and met with a new producer."""
        backoff = _IDLE_S
        while not stop.is_set():
            lease: Lease | None = None
            try:
                lease = await asyncio.to_thread(self._store.take)
                if lease is None:
                    self.fault = None
                    await _pause(stop, _STANDBY_S)
                    continue
                self._reached = lease.position
                async with self._producing(lease) as (producer, ready):
                    backoff, lease = _IDLE_S, ready
                    await self._lead(producer, ready, stop)
            except LeaseLost:
                _log.warning("publisher_replaced")
                continue
            except Exception as error:  # noqa: BLE001 - told, shown as health, and begun anew
                self._tell(error)
                backoff = min(max(backoff, 0.25) * 2, _LONGEST_BACKOFF_S)
            finally:
                metrics.PUBLISHER_LEADING.set(0)
                await self._release(lease)
            await _pause(stop, backoff)

    @contextlib.asynccontextmanager
    async def _producing(self, lease: Lease) -> AsyncIterator[tuple[AIOKafkaProducer, Lease]]:
        """A new producer for a cluster that is what it was."""
        lease = await self._checked_cluster(lease)
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id="redress-publisher",
            enable_idempotence=True,
            acks="all",
            max_batch_size=self._topics.largest_message - 4096,
            max_request_size=self._topics.largest_message,
            request_timeout_ms=_REQUEST_MS,
        )
        try:
            await producer.start()
            self.fault = None
            metrics.PUBLISHER_LEADING.set(1)
            _log.info("publisher_leads", epoch=lease.epoch, position=lease.position)
            yield producer, lease
        finally:
            # What it still holds is published again; a broker that is away must not keep us.
            await ended(producer.stop())

    async def _lead(self, producer: AIOKafkaProducer, lease: Lease, stop: asyncio.Event) -> None:
        builder = PageBuilder(self._store, self._topics, producer.create_batch)
        self._renewed = time.monotonic()
        page = await asyncio.to_thread(builder.build, lease, self._page)
        while not stop.is_set():
            if time.monotonic() - self._checked > _CHECK_EVERY_S:
                lease = await self._checked_cluster(lease)
            if page is None:
                await self._idle(lease, stop)
                page = await asyncio.to_thread(builder.build, lease, self._page)
                continue
            if time.monotonic() - self._renewed > self._patience:
                raise LeaseLost  # frozen for so long that another one may publish by now
            acknowledgements = [
                (place, each, await producer.send_batch(each.batch, place[0], partition=place[1]))
                for place, each in page.batches.items()
            ]
            # The next page is made while this one is under way, and sent only after it.
            further = lease_after(lease, page)
            upcoming = asyncio.create_task(asyncio.to_thread(builder.build, further, self._page))
            try:
                acknowledged = {
                    place: Acknowledged((await future).offset + each.count - 1, each.position)
                    for place, each, future in acknowledgements
                }
            except BaseException:
                await asyncio.gather(upcoming, return_exceptions=True)
                raise
            self._compare(acknowledged)
            lease = await asyncio.to_thread(self._store.advance, lease, page.last, acknowledged)
            self._reached = lease.position
            self._acknowledged |= acknowledged
            self._renewed = time.monotonic()
            metrics.PUBLISHER_EVENTS.inc(page.count)
            metrics.PUBLISHER_POSITION.set(lease.position)
            page = await upcoming

    async def _idle(self, lease: Lease, stop: asyncio.Event) -> None:
        await _pause(stop, _IDLE_S)
        if time.monotonic() - self._renewed > self._patience / 4:
            await asyncio.to_thread(self._store.renew, lease)
            self._renewed = time.monotonic()

    async def _checked_cluster(self, lease: Lease) -> Lease:
        found = await ends(self._bootstrap, self._topics)
        if lease.cluster is None:
            lease = await asyncio.to_thread(self._store.adopt, lease, found.cluster)
        elif lease.cluster != found.cluster:
            raise ClusterChanged(lease.cluster, found.cluster, lease.position)
        self._acknowledged = await asyncio.to_thread(self._store.acknowledged)
        for place, known in self._acknowledged.items():
            if found.next.get(place, 0) <= known.offset:
                raise TopicEmptied(place, known, found.next.get(place, 0))
        head = await asyncio.to_thread(self._store.head)
        if head < lease.position:
            raise StoreOlder(head, lease.position)
        self._checked = time.monotonic()
        return lease

    def _compare(self, acknowledged: dict[Place, Acknowledged]) -> None:
        for place, each in acknowledged.items():
            known = self._acknowledged.get(place)
            if known is not None and each.offset <= known.offset:
                raise TopicEmptied(place, known, each.offset + 1)

    def _tell(self, error: Exception) -> None:
        self.fault = f"{type(error).__name__}: {error}"
        metrics.PUBLISHER_ERRORS.inc()
        _log.error("publisher_stopped", error=self.fault, position=self._reached)

    async def _release(self, lease: Lease | None) -> None:
        if lease is not None:
            # Otherwise the lease ends by itself.
            with contextlib.suppress(StoreUnavailable):
                await asyncio.to_thread(self._store.release, lease)


def lease_after(lease: Lease, page: PageToSend) -> Lease:
    """The lease as it will be when the page is acknowledged."""
    return Lease(lease.epoch, lease.cluster, page.last)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
