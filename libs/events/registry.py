"""Which event types exist, who may append them, and how old versions are read.

Stored bytes never change. A type whose body changes gets the next schema version and one pure step
from the version before; reading walks the steps. One golden file per type and version is kept for
ever (tests/golden), so that an old event always reads as it did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import msgspec
import orjson

from libs.events.errors import NotOwner, UnknownEvent

Body: TypeAlias = dict[str, Any]
Step: TypeAlias = Callable[[Body], Body]


class EventType(msgspec.Struct, frozen=True, kw_only=True):
    """An event type: its owning services and the steps from each schema version to the next.

    The current version is one more than the number of steps: `steps[0]` leads from 1 to 2.
    """

    name: str
    services: frozenset[str]
    steps: tuple[Step, ...] = ()

    @property
    def schema(self) -> int:
        """The version written today."""
        return len(self.steps) + 1


class Registry:
    """All event types of an installation. Immutable; the database enforces the same ownership."""

    def __init__(self, types: Iterable[EventType]) -> None:
        self._types: dict[str, EventType] = {}
        for event_type in types:
            if event_type.name in self._types:
                raise ValueError(f"{event_type.name} is registered twice")
            if not event_type.services:
                raise ValueError(f"{event_type.name} has no owner")
            self._types[event_type.name] = event_type

    def __iter__(self) -> Iterator[EventType]:
        return iter(self._types.values())

    def __getitem__(self, name: str) -> EventType:
        """The type of this name; raises UnknownEvent."""
        try:
            return self._types[name]
        except KeyError:
            raise UnknownEvent(name) from None

    def require_owner(self, service: str, name: str, schema: int) -> None:
        """Raises NotOwner, or UnknownEvent unless `schema` is the version written today."""
        event_type = self[name]
        if service not in event_type.services:
            raise NotOwner(service, name)
        if schema != event_type.schema:
            raise UnknownEvent(name, schema)

    def owners(self) -> frozenset[tuple[str, str]]:
        """Every (type, service) that may append."""
        return frozenset((t.name, service) for t in self for service in t.services)

    def read(self, name: str, schema: int, raw: bytes) -> Body:
        """A stored body as the current version would have been written.

        Raises UnknownEvent for a type or a version from the future: a reader fails closed.
        """
        steps = self[name].steps
        if not 1 <= schema <= len(steps) + 1:
            raise UnknownEvent(name, schema)
        body: Body = orjson.loads(raw)
        for step in steps[schema - 1 :]:
            body = step(body)
        return body
