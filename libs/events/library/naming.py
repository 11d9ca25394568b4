"""How the library's events are named and written in the stream."""

from __future__ import annotations

import base64
import unicodedata
import uuid
from typing import Literal

import msgspec
from eventsourcing.persistence import StoredEvent

SCHEMA = 1


class Body(msgspec.Struct, frozen=True):
    """The body of a library event: its class's topic and its state, byte for byte."""

    encoding: Literal["base64", "text"]
    state: str
    topic: str


class Naming(msgspec.Struct, frozen=True, kw_only=True):
    """How one application's originators map onto streams `<kind>/<id>`.

    `service` appends for it. A stream's versions begin at 1 without a gap; an originator's begin at
    `first_version`.
    """

    kind: str
    service: str
    text_ids: bool = False
    first_version: int = 1

    def stream_of(self, originator: uuid.UUID | str) -> str:
        """The stream of an originator."""
        return f"{self.kind}/{originator.hex if isinstance(originator, uuid.UUID) else originator}"

    def originator_of(self, stream: str) -> uuid.UUID | str:
        """The originator of a stream of this kind."""
        name = stream.removeprefix(f"{self.kind}/")
        return name if self.text_ids else uuid.UUID(name)

    def stream_version(self, originator_version: int) -> int:
        """The version in the stream of an originator's version."""
        return originator_version - self.first_version + 1

    def originator_version(self, stream_version: int) -> int:
        """The originator's version of a version in the stream."""
        return stream_version + self.first_version - 1


def type_of(topic: str) -> str:
    """The event type of a topic: its class names in one word, without their module."""
    return topic.rpartition(":")[2].replace(".", "")


def encode(event: StoredEvent) -> bytes:
    """The body, canonical JSON: state as it is when that is plain text to read, else as base64."""
    text = event.state.decode(errors="surrogateescape")
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        return msgspec.json.encode(Body("text", text, event.topic))
    return msgspec.json.encode(Body("base64", base64.b64encode(event.state).decode(), event.topic))


def decode(body: bytes) -> tuple[str, bytes]:
    """Topic and state of a body. Raises msgspec.DecodeError."""
    told = msgspec.json.decode(body, type=Body)
    return told.topic, (
        told.state.encode() if told.encoding == "text" else base64.b64decode(told.state)
    )
