"""A projection over Kafka: the same rows as from the feed, whatever happens on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from libs.events.kafka.consumer import KafkaRunner
from libs.events.kafka.publisher import Publisher
from libs.events.postgres import delivering, parking, progress
from libs.events.postgres.database import Database
from libs.events.postgres.delivering import Batch, Carried
from libs.events.postgres.parking import ParkingLimitReached, ParkingLimits
from libs.events.postgres.progress import Fenced
from libs.events.postgres.projection import use_schema
from tests.kafka.working import (
    PATIENCE_S,
    administer,
    at_work,
    produce,
    publishing,
    record_of,
    until,
)


@pytest.fixture
def publisher(relay_database, bootstrap, topics) -> Publisher:
    return Publisher(relay_database, bootstrap, topics)


@pytest.fixture
def member(database, projection, bootstrap, topics) -> Callable[..., KafkaRunner]:
    """A new member of the group."""

    def new(**settings) -> KafkaRunner:
        return KafkaRunner(database, projection, bootstrap, topics, **settings)

    return new


@pytest.fixture
def whole(feed, notes) -> Callable[[], bool]:
    """Whether every event has had its effect exactly once."""
    return lambda: notes() == sorted((e.event.stream, e.event.version) for e in feed())


@pytest.fixture
def denied(store, open_database) -> Callable[[], None]:
    """Takes the right to read the feed away from the reading service."""

    def take() -> None:
        with open_database(store).transaction() as cursor:
            cursor.execute("REVOKE SELECT ON events.feed FROM redress_analytics")

    return take


def told(logs, event: str) -> list[dict]:
    return [each for each in logs if each["event"] == event]


def test_effects_over_kafka_are_those_of_the_feed(append, sequence, publisher, member, whole):
    append("complaint/1", 0, "before", "before")
    sequence()
    one = member()
    with publishing(publisher), at_work(one.run):
        until(lambda: one.fault is None)
        append("complaint/1", 2, "live")
        append("complaint/2", 0, "live", "live")
        append("calendar/1", 0, "live")
        sequence()
        assert one.wait_for(5, PATIENCE_S)
    assert whole()


def test_after_catching_up_nothing_needs_the_feed(
    append, sequence, publisher, member, whole, denied, database, projection
):
    append("complaint/1", 0, "before")
    sequence()
    projection.poison = lambda each: ValueError() if each.event.stream == "complaint/3" else None
    with publishing(publisher):
        one = member()
        with at_work(one.run):
            until(lambda: one.fault is None)
            denied()
            append("complaint/1", 1, "live")
            append("complaint/3", 0, "parked")
            sequence()
            assert one.wait_for(2, PATIENCE_S)
            projection.poison = lambda _each: None
            with database.transaction() as cursor:
                assert parking.ask_replay(cursor) == ["complaint/3"]
            assert one.wait_for_version("complaint/3", 1, PATIENCE_S)
        append("complaint/2", 0, "while nobody reads")
        sequence()
        another = member()
        with at_work(another.run):
            assert another.wait_for(3, PATIENCE_S)
            assert another.fault is None


def test_members_share_the_work_and_take_over_from_each_other(
    append, sequence, publisher, member, whole
):
    streams = [f"complaint/{number}" for number in range(30)]
    one, two = member(), member()
    with publishing(publisher), at_work(two.run):
        with at_work(one.run):
            until(lambda: one.fault is None and two.fault is None)
            for stream in streams:
                append(stream, 0, "both")
            sequence()
            assert one.wait_for(29, PATIENCE_S)
        for stream in streams:
            append(stream, 1, "one left")
        sequence()
        assert two.wait_for(59, PATIENCE_S)
    assert whole()


def test_a_member_that_was_frozen_changes_nothing(
    append, sequence, feed, notes, database: Database, projection
):
    append("complaint/1", 0, "one", "two")
    sequence()
    place = ("topic", 3)
    carried = [Carried(place=place, offset=7 + e.position, event=e) for e in feed()]
    batch = Batch(cluster="c", moves={place: (7, 9)}, carried=carried, refused=[])

    def deliver() -> None:
        with database.transaction() as cursor:
            build = progress.open_live(cursor, projection.name, projection.version)
            use_schema(cursor, projection.schema)
            delivering.deliver(cursor, projection, build, batch, ParkingLimits())

    with database.transaction() as cursor:
        build = progress.open_live(cursor, projection.name, projection.version)
        delivering.begin(cursor, build, "c", {place: 7})
    deliver()
    with pytest.raises(Fenced):
        deliver()
    assert notes() == [("complaint/1", 1), ("complaint/1", 2)]


def test_poison_parks_its_stream_and_nothing_else(
    append, sequence, publisher, member, notes, database, projection
):
    projection.poison = lambda each: ValueError() if each.event.stream == "complaint/1" else None
    one = member()
    with publishing(publisher), at_work(one.run):
        append("complaint/1", 0, "poison", "behind it")
        append("complaint/2", 0, "sound")
        sequence()
        assert one.wait_for(2, PATIENCE_S)
    assert notes() == [("complaint/2", 1)]
    with database.transaction() as cursor:
        (parked,) = parking.list_parked(cursor)
    assert (parked.stream, parked.at_version, parked.last_version) == ("complaint/1", 1, 2)


def test_too_much_poison_stops_the_member(append, sequence, publisher, member, notes, projection):
    projection.poison = lambda _each: ValueError("the code is wrong")
    one = member(limits=ParkingLimits(streams=2))
    for number in range(4):
        append(f"complaint/{number}", 0, "one")
    sequence()
    with publishing(publisher), pytest.raises(ParkingLimitReached):
        one.run(threading.Event())
    assert isinstance(one.failure, ParkingLimitReached)
    assert notes() == []


def test_reordered_and_repeated_records_have_their_effect_once_in_order(
    append, sequence, feed, bootstrap, topics, member, whole
):
    one = member()
    with at_work(one.run), capture_logs() as logs:
        until(lambda: one.fault is None)
        append("complaint/1", 0, "one", "two", "three")
        sequence()
        events = feed()
        order = [events[1], events[0], events[0], events[2], events[1]]
        produce(bootstrap, [record_of(event, topics) for event in order])
        assert one.wait_for(2, PATIENCE_S)
    assert whole()
    (fetched,) = told(logs, "versions_fetched")
    assert (fetched["stream"], fetched["first"], fetched["last"]) == ("complaint/1", 1, 1)


def forgeries(event, topics) -> list[dict]:
    """What somebody might write who reaches the broker."""
    true = record_of(event, topics)
    forged_header = event.event.header.replace(b'"version":1', b'"version":2')
    headers = dict(true["headers"])
    return [
        {**true, "value": b"poison", "headers": []},
        {**true, "value": b'{"note":"false"}'},
        {**true, "value": b"x" * 200_000},
        {**true, "headers": list({**headers, "ce_eventheader": forged_header}.items())},
        {**true, "headers": list({**headers, "ce_eventheader": b"{}"}.items())},
        {**true, "headers": [*true["headers"], *true["headers"]]},
        {**true, "key": b"complaint/2"},
        {**true, "partition": (true["partition"] + 1) % 12},
    ]


def test_what_is_no_event_of_the_store_is_refused_by_name(
    append, sequence, feed, bootstrap, topics, member, whole, database
):
    append("complaint/1", 0, "true")
    sequence()
    forged = forgeries(feed()[0], topics)
    one = member()
    with at_work(one.run), capture_logs() as logs:
        until(lambda: one.fault is None)
        produce(bootstrap, forged)
        append("complaint/1", 1, "true too")
        sequence()
        produce(bootstrap, [record_of(each, topics) for each in feed()])
        assert one.wait_for(1, PATIENCE_S)
        until(lambda: len(told(logs, "record_refused")) == len(forged))
    assert whole()
    assert {each["reason"] for each in told(logs, "record_refused")} == {
        "not in the form of our records",
        "its body is not the one its header was made for",
        "larger than an event can be (200000 bytes)",
        "not in the store",
        "its header cannot be read",
        "its key, subject and header name different streams",
        "not in the partition of its stream",
    }
    assert {(e["stream"], e["position"]) for e in told(logs, "record_refused")} == {
        ("complaint/1", 0), (None, None),
    }  # fmt: skip
    with database.transaction() as cursor:
        cursor.execute("SELECT count(*) FROM events.refused_records")
        assert cursor.fetchone() == (len(forged),)


def test_offsets_beyond_the_end_are_told_and_nothing_is_skipped(
    append, sequence, publisher, member, whole, database
):
    append("complaint/1", 0, "one")
    sequence()
    with publishing(publisher):
        first = member()
        with at_work(first.run):
            until(lambda: first.fault is None)
        append("complaint/1", 1, "two")
        sequence()
        with database.transaction() as cursor:
            cursor.execute("UPDATE events.deliveries SET next_offset = 1000000")
        second = member()
        with capture_logs() as logs, at_work(second.run):
            assert second.wait_for(1, PATIENCE_S)
            until(lambda: second.fault is None)
            append("complaint/1", 2, "three")
            sequence()
            assert second.wait_for(2, PATIENCE_S)
    assert whole()
    gone = told(logs, "offset_gone")
    assert {each["offset"] for each in gone} == {1_000_000}
    assert {each["position"] for each in gone} == {0}


def test_records_that_never_arrive_are_read_from_the_feed(
    append, sequence, member, whole, publisher, store, open_database
):
    one = member(patience=1.0)
    with publishing(publisher):
        append("complaint/1", 0, "arrives")
        sequence()
        with at_work(one.run):
            assert one.wait_for(0, PATIENCE_S)
            until(lambda: one.fault is None)
    with capture_logs() as logs:
        append("complaint/2", 0, "acknowledged and lost")
        sequence()
        with open_database(store).transaction() as cursor:
            cursor.execute("UPDATE events.publisher SET position = 1")
        two = member(patience=1.0)
        with at_work(two.run):
            assert two.wait_for(1, PATIENCE_S)
    assert whole()
    assert {each["position"] for each in told(logs, "positions_missing")} == {1}


def test_without_its_topics_a_member_stays_on_the_feed_and_says_so(
    append, sequence, bootstrap, topics, member, whole, publisher
):
    one = member()
    with capture_logs() as logs, publishing(publisher), at_work(one.run):
        until(lambda: one.fault is None and publisher.fault is None)
        append("complaint/1", 0, "by topic")
        sequence()
        assert one.wait_for(0, PATIENCE_S)
        administer(bootstrap, lambda client: client.delete_topics(list(topics.topics)))
        append("complaint/1", 1, "by the feed")
        sequence()
        assert one.wait_for(1, PATIENCE_S)
        until(lambda: "does not exist" in (one.fault or ""))
        until(lambda: publisher.fault is not None)
    assert whole()
    assert {each["position"] for each in told(logs, "publisher_stopped")} == {0}
    assert told(logs, "consumer_on_the_feed")
