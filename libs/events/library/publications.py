"""Publications: which bytes a version of a procedure or calendar is, recorded for ever.

A stream `<kind>/<id>` holds one event per published version with the SHA-256 of its file, so that
whoever audits a complaint can tell whether the file in his hands is the one it was pinned to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import (
    BaseAggregate,
    CanCreateTimestamp,
    CanInitAggregate,
    CanMutateAggregate,
    MetaDomainEvent,
    event,
)

from libs.events.envelope import Actor
from libs.events.registry import EventType

_HASH = re.compile("[0-9a-f]{64}")


class PublishedBefore(Exception):
    """This version was published with another content: publish a new version."""

    def __init__(self, name: str, version: str) -> None:
        super().__init__(f"{name} {version} was published with another content")
        self.name, self.version = name, version


@dataclass(frozen=True)
class _Event(CanMutateAggregate[str], CanCreateTimestamp, metaclass=MetaDomainEvent):
    originator_id: str
    originator_version: int
    timestamp: datetime


class Publication(BaseAggregate[str]):
    """All published versions of one document, by its id."""

    TOPIC = "Publication"

    class Event(_Event):
        """What happened to a publication."""

        TOPIC = "PublicationEvent"

    class Opened(Event, CanInitAggregate[str]):
        """The id was taken."""

        TOPIC = "PublicationOpened"
        originator_topic: str
        name: str

    class Published(Event):
        """A version became fixed."""

        TOPIC = "PublicationPublished"
        version_name: str
        sha256: str

    @staticmethod
    def create_id(name: str) -> str:
        """A publication is called what its document is called."""
        return name

    @event(Opened)
    def __init__(self, name: str) -> None:
        self.name = name
        self.hashes: dict[str, str] = {}

    def publish(self, version: str, sha256: str) -> bool:
        """Fix the content of a version; false when that is what it is already.

        Raises PublishedBefore for another content, ValueError for what is no SHA-256 in hex.
        """
        if not _HASH.fullmatch(sha256):
            raise ValueError("a content hash is 64 hexadecimal digits")
        known = self.hashes.get(version)
        if known is not None and known != sha256:
            raise PublishedBefore(self.id, version)
        if known is None:
            self._published(version, sha256)
        return known is None

    @event(Published)
    def _published(self, version_name: str, sha256: str) -> None:
        self.hashes[version_name] = sha256


def event_types(*services: str) -> tuple[EventType, ...]:
    """The types to register, owned by these services."""
    names = (Publication.Opened.TOPIC, Publication.Published.TOPIC)
    return tuple(EventType(name=name, services=frozenset(services)) for name in names)


class Publications(Application[str]):
    """The publications of one kind; see `libs.events.library.factory` for its environment."""

    def publish(self, name: str, version: str, sha256: str, by: Actor) -> bool:
        """Record that `version` of `name` has this content; false when it is recorded already.

        Safe to repeat and to run at once in several places: the second one finds it done, or gets
        the library's IntegrityError and repeats. Raises PublishedBefore.
        """
        try:
            publication: Publication = self.repository.get(name)
        except AggregateNotFoundError:
            publication = Publication(name)
        changed = publication.publish(version, sha256)
        self.save(publication, actor=by)
        return changed

    def content_of(self, name: str, version: str) -> str | None:
        """The SHA-256 of a published version; None when there is none."""
        try:
            publication: Publication = self.repository.get(name)
        except AggregateNotFoundError:
            return None
        return publication.hashes.get(version)
