"""The feed in the topics: every event, in order, with what others need to read it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from cloudevents.core.formats.json import JSONFormat

from libs.events.kafka.publisher import Publisher
from libs.events.kafka.records import event_of


async def everything(bootstrap, topics):
    """Every record of the topics, partition by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        places = [
            TopicPartition(t, p) for t, d in topics.topics.items() for p in range(d.partitions)
        ]
        ends = await consumer.end_offsets(places)
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        found = []
        while len(found) < sum(ends.values()):
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                found += records
        return found
    finally:
        await consumer.stop()


async def published(publisher: Publisher, until: Callable[[], Awaitable[bool]]) -> None:
    """Let the publisher work until the condition holds."""
    stop = asyncio.Event()
    task = asyncio.create_task(publisher.run(stop))
    try:
        async with asyncio.timeout(30):
            while not await until():  # noqa: ASYNC110 - the database is what changes
                await asyncio.sleep(0.02)
    finally:
        stop.set()
        await task


@pytest.fixture
def reached(relay_database):
    """Whether everything up to a position has been acknowledged."""

    def at(position: int):
        async def look() -> bool:
            with relay_database.transaction() as cursor:
                cursor.execute("SELECT position FROM events.publisher")
                row = cursor.fetchone()
            return row is not None and row[0] >= position

        return look

    return at


def test_every_event_is_published_once_in_order(
    bootstrap, topics, relay_database, append, sequence, feed, reached
):
    for number in range(40):
        append(f"complaint/{number}", 0, "one", "two")
        append(f"calendar/{number}", 0, "one")
    for number in range(40):
        append(f"complaint/{number}", 2, "three")
    sequence()
    expected = {(e.event.stream, e.event.version): e for e in feed()}

    async def run():
        await published(
            Publisher(relay_database, bootstrap, topics, page=30), reached(len(expected) - 1)
        )
        return await everything(bootstrap, topics)

    records = asyncio.run(run())
    events = [event_of(r.key, r.value, r.headers) for r in records]
    assert {(e.event.stream, e.event.version): e for e in events} == expected
    assert len(events) == len(expected)
    for stream in {e.event.stream for e in events}:
        mine = [e for e in events if e.event.stream == stream]
        assert [e.event.version for e in mine] == list(range(1, len(mine) + 1))
    kinds = {
        (r.topic.partition(".")[2], e.event.stream.partition("/")[0])
        for r, e in zip(records, events, strict=True)
    }
    assert kinds == {("complaints.events.v1", "complaint"), ("reference.events.v1", "calendar")}


def test_others_read_the_records_as_cloud_events(
    bootstrap, topics, relay_database, append, sequence, feed, reached
):
    append("complaint/1", 0, "one")
    sequence()
    (expected,) = feed()

    async def run():
        await published(Publisher(relay_database, bootstrap, topics), reached(0))
        return await everything(bootstrap, topics)

    (record,) = asyncio.run(run())
    message = KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value)
    read = from_binary_event(message, JSONFormat())
    assert read.get_type() == "redress.Noted"
    assert read.get_subject() == "complaint/1"
    assert read.get_time() == expected.event.recorded_at
    assert read.get_extension("feedposition") == "0"
    assert read.get_extension("partitionkey") == "complaint/1"
    assert read.get_data() == {"note": "one"}
