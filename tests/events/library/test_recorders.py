"""The recorder test cases that ship in the wheel of `eventsourcing`, over our append and feed.

Test cases that begin versions at 0 run with FIRST_VERSION=0, all others with the default 1. A relay
runs beside them, since notification ids come from the feed alone.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator

import psycopg2
import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.tests import persistence as shipped
from eventsourcing.utils import Environment, get_topic

from libs.events.library.factory import Factory
from libs.events.library.notifications import Feed
from libs.events.library.streams import Stream
from libs.events.library.tracking import Process, Tracks
from libs.events.postgres.database import Database
from libs.events.postgres.sequencer import Sequencer
from libs.events.postgres.types import install_types
from libs.events.registry import EventType, Registry

REGISTRY = Registry(
    EventType(name=name, services=frozenset({"analytics"}))
    for name in ("topic", "topic1", "topic2", "topic3", "topic4")
)


class OnOurStore:
    """Gives a test case of the library a fresh store, a relay, and a factory."""

    first_version = 1

    @pytest.fixture(autouse=True)
    def store(self, fresh_database: str, role_dsn) -> Iterator[None]:
        with psycopg2.connect(fresh_database) as connection, connection.cursor() as cursor:
            install_types(cursor, REGISTRY)
        connection.close()
        self.dsn = role_dsn("redress_analytics", fresh_database)
        self.factories: list[Factory] = []
        relay = Database(
            role_dsn("redress_relay", fresh_database), application_name="test", max_connections=1
        )
        stop = threading.Event()
        thread = threading.Thread(target=Sequencer(relay).run, args=(stop,))
        thread.start()
        yield
        stop.set()
        thread.join()
        relay.close()
        for each in self.factories:
            each.close()

    def environment(self) -> Environment:
        return Environment(
            name="Test",
            env={
                "PERSISTENCE_MODULE": "libs.events.library.factory",
                "REDRESS_DATABASE_URL": self.dsn,
                "STREAM_KIND": "test",
                "OWNING_SERVICE": "analytics",
                "REGISTRY_TOPIC": get_topic(type(self)).partition(":")[0] + ":REGISTRY",
                "FIRST_VERSION": str(self.first_version),
                "FEED_PATIENCE": "60",
            },
        )

    def new_factory(self) -> Factory:
        self.factories.append(Factory(self.environment()))
        return self.factories[-1]


class TestStream(OnOurStore, shipped.AggregateRecorderTestCase):
    INITIAL_VERSION = 0
    first_version = 0

    def create_recorder(self) -> Stream:
        return self.new_factory().aggregate_recorder()


class TestFeed(OnOurStore, shipped.ApplicationRecorderTestCase):
    INITIAL_VERSION = 0
    first_version = 0

    def create_recorder(self) -> Feed:
        return self.new_factory().application_recorder()

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTracks(OnOurStore, shipped.TrackingRecorderTestCase):
    def create_recorder(self) -> Tracks:
        return self.new_factory().tracking_recorder()


class TestProcess(OnOurStore, shipped.ProcessRecorderTestCase):
    @property
    def first_version(self) -> int:
        return 0 if self._testMethodName == "test_performance" else 1

    def create_recorder(self) -> Process:
        return self.new_factory().process_recorder()


class Subclass(Tracks):
    """A recorder of an application's own."""


class TestFactory(OnOurStore, shipped.InfrastructureFactoryTestCase):
    @pytest.fixture(autouse=True)
    def given_environment(self, store) -> None:
        self.env = self.environment()

    def expected_factory_class(self):
        return Factory

    def expected_aggregate_recorder_class(self):
        return Stream

    def expected_application_recorder_class(self):
        return Feed

    def expected_tracking_recorder_class(self):
        return Tracks

    def tracking_recorder_subclass(self):
        return Subclass

    def expected_process_recorder_class(self):
        return Process


class TestOurs(OnOurStore, shipped.RecorderTestCase):
    """What the shipped test cases do not ask."""

    def event(self, originator, version: int, state: bytes = b"state") -> StoredEvent:
        return StoredEvent(originator, version, "topic1", state)

    def test_a_gap_in_the_versions_is_refused(self) -> None:
        recorder = self.new_factory().aggregate_recorder()
        originator = uuid.uuid4()
        with pytest.raises(shipped.IntegrityError):
            recorder.insert_events([self.event(originator, 2)])
        with pytest.raises(shipped.IntegrityError):
            recorder.insert_events([self.event(originator, 1), self.event(originator, 3)])
        assert recorder.select_events(originator) == []

    def test_several_originators_are_written_together_or_not_at_all(self) -> None:
        recorder = self.new_factory().aggregate_recorder()
        taken, free = uuid.uuid4(), uuid.uuid4()
        recorder.insert_events([self.event(taken, 1)])
        with pytest.raises(shipped.IntegrityError):
            recorder.insert_events([self.event(free, 1), self.event(taken, 1)])
        assert recorder.select_events(free) == []

    def test_a_command_given_again_changes_nothing(self) -> None:
        recorder = self.new_factory().application_recorder()
        originator = uuid.uuid4()
        first = recorder.insert_events([self.event(originator, 1)], command_id="c-1")
        again = recorder.insert_events([self.event(originator, 1)], command_id="c-1")
        assert first == again == [1]
        assert len(recorder.select_events(originator)) == 1

    def test_any_state_comes_back_byte_for_byte(self) -> None:
        recorder = self.new_factory().aggregate_recorder()
        originator = uuid.uuid4()
        states = ['{"a":"张三"}'.encode(), "e\u0301".encode(), b"\x00\xff", b"\x1f", b""]
        recorder.insert_events([self.event(originator, n, s) for n, s in enumerate(states, 1)])
        assert [each.state for each in recorder.select_events(originator)] == states

    def test_tracking_and_events_are_stored_together_or_not_at_all(self) -> None:
        recorder = self.new_factory().process_recorder()
        originator = uuid.uuid4()
        recorder.insert_events([self.event(originator, 1)])
        with pytest.raises(shipped.IntegrityError):
            recorder.insert_events(
                [self.event(originator, 1)], tracking=shipped.Tracking("upstream", 7)
            )
        assert recorder.max_tracking_id("upstream") is None

    def test_snapshots_are_refused(self) -> None:
        with pytest.raises(Exception, match="snapshots are not kept"):
            self.new_factory().aggregate_recorder("snapshots")
