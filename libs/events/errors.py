"""Everything the stream can refuse. Each error carries its data as attributes."""

from __future__ import annotations

from datetime import datetime


class StreamError(Exception):
    """Base of the family; nothing was stored."""


class VersionConflict(StreamError):
    """Somebody else appended first: load, decide again, append again."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream} is at version {actual}, not {expected}")
        self.stream, self.expected, self.actual = stream, expected, actual


class CommandReused(StreamError):
    """A command id came back with another body (HTTP 422)."""

    def __init__(self, command_id: str) -> None:
        super().__init__(f"command {command_id} was used before with another body")
        self.command_id = command_id


class OutsideValidity(StreamError):
    """`recorded_at` would lie after `not_after` or not after `after`: decide again."""

    def __init__(self, stream: str, recorded_at: datetime) -> None:
        super().__init__(f"the decision on {stream} does not hold at {recorded_at.isoformat()}")
        self.stream, self.recorded_at = stream, recorded_at


class HappenedAhead(StreamError):
    """`happened_at` lies more than 60 s after `recorded_at`."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"an event for {stream} claims to have happened in the future")
        self.stream = stream


class NotOwner(StreamError):
    """The service may not append this event type (registry, enforced by database role)."""

    def __init__(self, service: str, event_type: str) -> None:
        super().__init__(f"{service} does not own {event_type}")
        self.service, self.event_type = service, event_type


class StoreUnavailable(StreamError):
    """The database did not answer; the outcome is unknown, repeat with the same command id."""


class StoreRefused(StreamError):
    """The database refused the append for a reason that is a fault of the program or its rights."""


class StreamBusy(StreamError):
    """Another transaction is appending to the stream or running the command: try again shortly."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"{stream} is being written to")
        self.stream = stream


class NotCanonical(StreamError, ValueError):
    """A value outside the canonical profile; `path` says where (`$.data.level`)."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


class UnknownEvent(StreamError):
    """An event type, or a schema version of it, that the registry does not have."""

    def __init__(self, event_type: str, schema: int | None = None) -> None:
        version = "" if schema is None else f" version {schema}"
        super().__init__(f"unknown event type {event_type}{version}")
        self.event_type, self.schema = event_type, schema
