"""publish and consume: the feed to Kafka and from there into tables, against the bare client.

One broker of our own, which writes each batch to disk before it acknowledges it; all on the same
two cores. `publish`: the relay's publisher (lease, feed read, CloudEvents, one batch a partition, a
page at a time, progress stored after every acknowledgement). Its peer is aiokafka's `send_batch`
with the very same records made beforehand, the same producer settings, nothing stored, nothing
waited for but the end. `consume`: a projection's runner (records held against the store, versions
guarded, effect, offsets and position in one transaction). Its peer polls the same records without a
group and does one batched upsert a poll, in a transaction of its own, believing everything.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench.feed_read import EVENTS, Counts, fill_ours
from bench.measurement import Measurement, Round
from bench.place import Place
from libs.events.kafka.admin import declare
from libs.events.kafka.cluster import ends
from libs.events.kafka.consumer import KafkaRunner
from libs.events.kafka.publisher import Publisher
from libs.events.kafka.records import headers_of, partition_of
from libs.events.kafka.topics import load_topics
from libs.events.postgres import delivering, progress
from libs.events.postgres.database import Database
from libs.events.postgres.feed import read_feed
from libs.events.postgres.publishing import publish_again
from redress.local.kafka import KafkaServer

TOPICS = load_topics()
TOPIC = "complaints.events.v1"
PARTITIONS = TOPICS.topics[TOPIC].partitions
PAGE = 2000
COUNTED = "SELECT sum(events) FROM bench.counts WHERE name = %s"


@contextmanager
def filled(place: Place, name: str) -> Iterator[tuple[Database, str]]:
    """A store with its feed, and a broker with the declared topics."""
    folder = Path(tempfile.mkdtemp(prefix="redress-bench-kafka-"))
    server = KafkaServer(folder)
    database = fill_ours(place.migrated_database(name))
    try:
        bootstrap = server.start().bootstrap
        asyncio.run(declare(bootstrap, TOPICS))
        yield database, bootstrap
    finally:
        server.stop()
        database.close()
        shutil.rmtree(folder)


async def published(database: Database, bootstrap: str) -> float:
    """Seconds of the publisher for the whole feed, from its first page on."""

    def position() -> int:
        with database.transaction() as cursor:
            cursor.execute("SELECT position FROM events.publisher")
            row = cursor.fetchone()
        return -1 if row is None else int(row[0])

    with database.transaction() as cursor:
        publish_again(cursor, 0)
    publisher, stop = Publisher(database, bootstrap, TOPICS, page=PAGE), asyncio.Event()
    task = asyncio.create_task(publisher.run(stop))
    began, first = time.perf_counter(), -1
    while (reached := await asyncio.to_thread(position)) < EVENTS - 1:
        if first < 0 <= reached:
            began, first = time.perf_counter(), reached
        await asyncio.sleep(0.005)
    took = time.perf_counter() - began
    stop.set()
    await task
    return took * EVENTS / (EVENTS - 1 - max(first, 0))


async def sent(records: list[tuple[int, dict[str, Any]]], bootstrap: str) -> float:
    """Seconds of the bare client for the same records."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all",
        max_batch_size=TOPICS.largest_message - 4096, max_request_size=TOPICS.largest_message,
    )  # fmt: skip
    await producer.start()
    began = time.perf_counter()
    waiting = []
    for start in range(0, len(records), PAGE):
        batches: dict[int, Any] = {}
        for partition, record in records[start : start + PAGE]:
            batch = batches.get(partition) or batches.setdefault(partition, producer.create_batch())
            batch.append(timestamp=None, **record)
        waiting += [
            await producer.send_batch(batch, TOPIC, partition=partition)
            for partition, batch in batches.items()
        ]
    await asyncio.gather(*waiting)
    took = time.perf_counter() - began
    await producer.stop()
    return took


def all_records(database: Database) -> list[tuple[int, dict[str, Any]]]:
    with database.transaction() as cursor:
        feed = read_feed(cursor, -1, EVENTS)
    return [
        (
            partition_of(each.event.stream, PARTITIONS),
            {
                "key": each.event.stream.encode(),
                "value": each.event.body,
                "headers": headers_of(each, b"/redress/bench"),
            },
        )
        for each in feed
    ]


def rate(seconds: Coroutine[Any, Any, float]) -> float:
    return EVENTS / asyncio.run(seconds)


@contextmanager
def publishing(place: Place) -> Iterator[Mapping[str, Round]]:
    with filled(place, "kafka_publish") as (database, bootstrap):
        records = all_records(database)
        yield {
            "ours": lambda: rate(published(database, bootstrap)),
            "peer": lambda: rate(sent(records, bootstrap)),
        }


def applied(database: Database, bootstrap: str, cluster: str) -> float:
    """Events per second of a runner that has everything before it, from its first batch on."""
    projection = Counts()
    runner = KafkaRunner(database, projection, bootstrap, TOPICS, page=PAGE)
    with database.transaction() as cursor:
        build = progress.open_live(cursor, projection.name, projection.version)
        places = {
            (name, number): 0
            for name, topic in TOPICS.topics.items()
            for number in range(topic.partitions)
        }
        delivering.begin(cursor, build, cluster, places)
    done: list[tuple[float, int]] = []
    stop = threading.Event()

    def note() -> None:
        with database.transaction() as cursor:
            cursor.execute(
                "SELECT sum(events) FROM bench.counts WHERE name = %s", (projection.name,)
            )
            (count,) = cursor.fetchone() or (0,)
        done.append((time.perf_counter(), int(count)))
        if count >= EVENTS:
            stop.set()

    runner.on_applied = note
    runner.run(stop)
    (began, before), (ended, after) = done[0], done[-1]
    return (after - before) / (ended - began)


async def upserted(database: Database, bootstrap: str) -> float:
    """Events per second of the bare client with one upsert a poll, from its first batch on."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    places = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
    consumer.assign(places)
    await consumer.seek_to_beginning(*places)
    name, done = Counts().name, 0
    began, before = 0.0, 0

    def upsert(streams: list[str]) -> None:
        with database.transaction() as cursor:
            cursor.execute(
                "INSERT INTO bench.counts SELECT %s, s, count(*) FROM unnest(%s) AS s GROUP BY s ON"
                " CONFLICT (name, stream) DO UPDATE SET events = counts.events + excluded.events",
                (name, streams),
            )

    while done < EVENTS:
        found = await consumer.getmany(timeout_ms=250, max_records=PAGE)
        streams = [record.key.decode() for records in found.values() for record in records]
        if streams:
            await asyncio.to_thread(upsert, streams)
            done += len(streams)
            if not before:
                began, before = time.perf_counter(), done
    took = time.perf_counter() - began
    await consumer.stop()
    return (done - before) / took


@contextmanager
def consuming(place: Place) -> Iterator[Mapping[str, Round]]:
    with filled(place, "kafka_consume") as (database, bootstrap):
        asyncio.run(sent(all_records(database), bootstrap))
        cluster = asyncio.run(ends(bootstrap, TOPICS)).cluster
        yield {
            "ours": lambda: applied(database, bootstrap, cluster),
            "peer": lambda: asyncio.run(upserted(database, bootstrap)),
        }


MEASUREMENTS = [
    Measurement(
        name="publish",
        unit="events/s",
        peer="bare send_batch of the same records",
        must=0.4,
        stretch=0.7,
        contest=publishing,
    ),
    Measurement(
        name="consume",
        unit="events/s",
        peer="bare polling and one upsert a poll",
        must=0.2,
        stretch=0.4,
        contest=consuming,
    ),
]
