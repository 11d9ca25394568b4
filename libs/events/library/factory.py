"""How an application of the library gets its recorders: PERSISTENCE_MODULE names this module."""

from __future__ import annotations

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    InfrastructureFactoryError,
    ProcessRecorder,
)
from eventsourcing.utils import Environment, EnvType, resolve_topic, strtobool

from libs.events.library.naming import Naming
from libs.events.library.notifications import Feed
from libs.events.library.streams import Stream
from libs.events.library.tracking import Process, Tracks
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from libs.events.registry import Registry


class Factory(InfrastructureFactory[Tracks]):
    """Makes recorders over one database and closes it.

    From the environment: `REDRESS_DATABASE_URL`; `STREAM_KIND`, the kind of stream of the
    application's aggregates; `OWNING_SERVICE`, which appends them; `REGISTRY_TOPIC`, where their
    event types are registered ("module:attribute"); `TEXT_IDS` (default no: UUIDs);
    `FIRST_VERSION` (default 1); `FEED_PATIENCE`, seconds that `save` waits for notification ids
    (default 0). Tables are made by migrations only, so CREATE_TABLE says nothing here.
    """

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self._database = Database(
            self._required("REDRESS_DATABASE_URL"), application_name=f"library-{self.env.name}"
        )
        self._naming = Naming(
            kind=self._required("STREAM_KIND"),
            service=self._required("OWNING_SERVICE"),
            text_ids=strtobool(self.env.get("TEXT_IDS", "no")),
            first_version=int(self.env.get("FIRST_VERSION", "1")),
        )
        registry: Registry = resolve_topic(self._required("REGISTRY_TOPIC"))
        self._store = EventStore(self._database, service=self._naming.service, registry=registry)
        self._patience = float(self.env.get("FEED_PATIENCE", "0"))

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """For events only. Snapshots are not kept: the stream is the truth, and is read fast."""
        if purpose != "events":
            raise InfrastructureFactoryError(f"{purpose} are not kept in the event store")
        return Stream(self._database, self._store, self._naming)

    def application_recorder(self) -> ApplicationRecorder:
        """Events and notifications."""
        return Feed(self._database, self._store, self._naming, patience=self._patience)

    def tracking_recorder(self, tracking_recorder_class: type[Tracks] | None = None) -> Tracks:
        """Progress only; of the class given, or named by TRACKING_RECORDER_TOPIC."""
        topic = self.env.get(self.TRACKING_RECORDER_TOPIC)
        made = tracking_recorder_class or (resolve_topic(topic) if topic else Tracks)
        tracks: Tracks = made(self._database, self._follower)
        return tracks

    def process_recorder(self) -> ProcessRecorder:
        """Events, notifications and progress."""
        return Process(
            self._database, self._store, self._naming, self._follower, patience=self._patience
        )

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    @property
    def _follower(self) -> str:
        return self.env.name or self._naming.kind

    def _required(self, name: str) -> str:
        value = self.env.get(name)
        if not value:
            raise InfrastructureFactoryError(f"{name} is not set")
        return value
