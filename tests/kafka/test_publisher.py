"""The feed in the topics: every event, in order, with what others need to read it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import NewPartitions
from aiokafka.errors import MessageSizeTooLargeError, UnknownTopicOrPartitionError
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from cloudevents.core.formats.json import JSONFormat
from structlog.testing import capture_logs

from libs.events.errors import StoreUnavailable
from libs.events.kafka.admin import TopicsDiffer, cluster_facts, declare
from libs.events.kafka.publisher import Publisher
from libs.events.kafka.records import event_of
from libs.events.postgres.publishing import LeaseLost, PublisherStore, publish_again
from tests.kafka.working import administer, produce, publishing, until


@pytest.fixture
def publisher(relay_database, bootstrap, topics) -> Publisher:
    return Publisher(relay_database, bootstrap, topics, page=30)


@pytest.fixture
def reached(relay_database) -> Callable[[], int]:
    """The position up to which everything has been acknowledged."""

    def look() -> int:
        with relay_database.transaction() as cursor:
            cursor.execute("SELECT position FROM events.publisher")
            row = cursor.fetchone()
        return -1 if row is None else row[0]

    return look


@pytest.fixture
def in_topics(bootstrap, topics) -> Callable[[], list]:
    """Every record of the topics, partition by partition."""

    async def read() -> list:
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
        await consumer.start()
        try:
            places = [
                TopicPartition(name, number)
                for name, topic in topics.topics.items()
                for number in range(topic.partitions)
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

    return lambda: asyncio.run(read())


def wipe(bootstrap: str, topics) -> None:
    """Delete the topics and make them anew, empty."""
    administer(bootstrap, lambda client: client.delete_topics(list(topics.topics)))

    until(
        lambda: not topics.topics.keys() & asyncio.run(cluster_facts(bootstrap)).partitions.keys()
    )
    asyncio.run(declare(bootstrap, topics))


def versions(records) -> dict[str, list[int]]:
    """Versions by stream, in the order of the topic."""
    found: dict[str, list[int]] = {}
    for record in records:
        event = event_of(record.key, record.value, record.headers).event
        found.setdefault(event.stream, []).append(event.version)
    return found


def first_times(numbers: list[int]) -> list[int]:
    """Each number where it comes for the first time."""
    return list(dict.fromkeys(numbers))


def test_every_event_is_published_once_in_order(
    publisher, append, sequence, feed, reached, in_topics
):
    for number in range(40):
        append(f"complaint/{number}", 0, "one", "two")
        append(f"calendar/{number}", 0, "one")
    for number in range(40):
        append(f"complaint/{number}", 2, "three")
    sequence()
    expected = {(e.event.stream, e.event.version): e for e in feed()}
    with publishing(publisher):
        until(lambda: reached() == len(expected) - 1)
    records = in_topics()
    events = [event_of(r.key, r.value, r.headers) for r in records]
    assert {(e.event.stream, e.event.version): e for e in events} == expected
    assert len(events) == len(expected)
    assert all(found == sorted(found) for found in versions(records).values())
    kinds = {
        (record.topic.partition(".")[2], event.event.stream.partition("/")[0])
        for record, event in zip(records, events, strict=True)
    }
    assert kinds == {("complaints.events.v1", "complaint"), ("reference.events.v1", "calendar")}


def test_others_read_the_records_as_cloud_events(
    publisher, append, sequence, feed, reached, in_topics
):
    append("complaint/1", 0, "one")
    sequence()
    (expected,) = feed()
    with publishing(publisher):
        until(lambda: reached() == 0)
    (record,) = in_topics()
    message = KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value)
    read = from_binary_event(message, JSONFormat())
    assert read.get_type() == "redress.Noted"
    assert read.get_subject() == "complaint/1"
    assert read.get_time() == expected.event.recorded_at
    assert read.get_extension("feedposition") == "0"
    assert read.get_extension("partitionkey") == "complaint/1"
    assert read.get_data() == {"note": "one"}


def test_a_crash_after_the_acknowledgement_repeats_and_skips_nothing(
    publisher, append, sequence, reached, in_topics, monkeypatch
):
    for number in range(5):
        append(f"complaint/{number}", 0, *["note"] * 20)
    sequence()
    advance, crashes = PublisherStore.advance, iter([True, False, True])

    def crashing(self, lease, to, acknowledged):
        if next(crashes, False):
            raise StoreUnavailable("the answer is lost")
        return advance(self, lease, to, acknowledged)

    monkeypatch.setattr(PublisherStore, "advance", crashing)
    with publishing(publisher):
        until(lambda: reached() == 99)
    found = versions(in_topics())
    assert len(found) == 5
    for numbers in found.values():
        assert first_times(numbers) == list(range(1, 21))
    assert sum(map(len, found.values())) > 100  # it was repeated


def test_one_of_two_publishes_and_the_other_takes_over(
    relay_database, bootstrap, topics, append, sequence, reached, in_topics
):
    one, two = (Publisher(relay_database, bootstrap, topics) for _ in range(2))
    append("complaint/1", 0, "one")
    sequence()
    with publishing(two):
        with publishing(one):
            until(lambda: reached() == 0)
        append("complaint/1", 1, "two")
        sequence()
        until(lambda: reached() == 1)
    assert versions(in_topics()) == {"complaint/1": [1, 2]}


def test_one_that_was_frozen_moves_nothing(relay_database, append, sequence, reached):
    append("complaint/1", 0, "one", "two")
    sequence()
    frozen = PublisherStore(relay_database, "frozen", 60.0)
    lease = frozen.take()
    successor = PublisherStore(relay_database, "successor", 0.0)
    taken = successor.take()
    assert lease is not None
    assert taken is not None
    successor.advance(taken, 0, {})
    with pytest.raises(LeaseLost):
        frozen.advance(lease, 1, {})
    with pytest.raises(LeaseLost):
        frozen.renew(lease)
    assert frozen.take() is None
    assert reached() == 0


def test_wiped_topics_are_told_and_filled_again_by_command(
    publisher, append, sequence, reached, in_topics, bootstrap, topics, store, open_database
):
    append("complaint/1", 0, "one", "two")
    sequence()
    with publishing(publisher):
        until(lambda: reached() == 1)
    wipe(bootstrap, topics)
    append("complaint/1", 2, "three")
    sequence()
    with capture_logs() as logs, publishing(publisher):
        until(lambda: publisher.fault is not None)
        assert "position 1 was acknowledged at 1" in publisher.fault
        assert reached() == 1
        assert in_topics() == []
        with open_database(store).transaction() as cursor:
            assert publish_again(cursor, 0)
        until(lambda: reached() == 2)
        assert publisher.fault is None
    assert {e["position"] for e in logs if e["event"] == "publisher_stopped"} == {1}
    assert versions(in_topics()) == {"complaint/1": [1, 2, 3]}


def test_another_cluster_is_told_and_nothing_is_sent_to_it(
    publisher, append, sequence, reached, in_topics, relay_database
):
    append("complaint/1", 0, "one")
    sequence()
    with publishing(publisher):
        until(lambda: reached() == 0)
    with relay_database.transaction() as cursor:
        cursor.execute("UPDATE events.publisher SET cluster = 'the-one-before'")
    append("complaint/1", 1, "two")
    sequence()
    with publishing(publisher):
        until(lambda: publisher.fault is not None)
    assert "ClusterChanged" in publisher.fault
    assert "everything up to position 0" in publisher.fault
    assert versions(in_topics()) == {"complaint/1": [1]}


def test_a_store_put_back_to_an_earlier_state_is_told(
    publisher, append, sequence, reached, relay_database
):
    append("complaint/1", 0, "one")
    sequence()
    with publishing(publisher):
        until(lambda: reached() == 0)
    with relay_database.transaction() as cursor:
        cursor.execute("UPDATE events.publisher SET position = 5")
    with publishing(publisher):
        until(lambda: publisher.fault is not None)
    assert "the feed ends at 0, published is everything up to 5" in publisher.fault


def test_other_partitions_are_refused(publisher, bootstrap, topics, append, sequence, reached):
    name = next(iter(topics.topics))
    administer(bootstrap, lambda client: client.create_partitions({name: NewPartitions(13)}))
    until(lambda: asyncio.run(cluster_facts(bootstrap)).partitions[name] == 13)
    append("complaint/1", 0, "one")
    sequence()
    with publishing(publisher):
        until(lambda: publisher.fault is not None)
    assert f"{name} has 13 partitions, declared are 12" in publisher.fault
    assert reached() == -1
    with pytest.raises(TopicsDiffer, match="13 partitions"):
        asyncio.run(declare(bootstrap, topics))


def test_the_broker_takes_no_message_larger_than_an_event_can_be(bootstrap, topics):
    name = next(iter(topics.topics))
    large = {"topic": name, "value": b"x" * 10_000_000}
    with pytest.raises(MessageSizeTooLargeError):
        produce(bootstrap, [large], max_request_size=20_000_000)


def test_the_broker_makes_no_topic_by_itself(bootstrap):
    async def ask() -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, request_timeout_ms=1000)
        await consumer.start()
        try:
            await consumer.end_offsets([TopicPartition("never-declared", 0)])
        finally:
            await consumer.stop()

    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is the client's choice
        asyncio.run(ask())
    assert caught.type.__name__ in (
        UnknownTopicOrPartitionError.__name__, "KafkaTimeoutError",
    )  # fmt: skip
