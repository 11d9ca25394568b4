"""A small world for the store's tests: two services, three event types, and appends to try."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from datetime import datetime
from typing import Any

from libs.events.canonical import encode
from libs.events.envelope import Actor, Append, NewEvent, NumberSeries
from libs.events.registry import EventType, Registry

REGISTRY = Registry(
    [
        EventType(name="Opened", services=frozenset({"intake"})),
        EventType(name="Noted", services=frozenset({"intake", "dispatch"})),
        EventType(name="Sent", services=frozenset({"dispatch"})),
    ]
)
CLERK = Actor(staff="e1001", role="handler", unit="henan/centre")
_streams = itertools.count(1)


def new_stream() -> str:
    return f"complaint/t-{next(_streams):08d}{uuid.uuid4().hex[:8]}"


def event(type_: str = "Opened", happened_at: datetime | None = None, **data: Any) -> NewEvent:
    return NewEvent(type=type_, schema=1, body=encode({"data": data}), happened_at=happened_at)


def append(
    stream: str,
    expected_version: int = 0,
    *events: NewEvent,
    command: str | None = None,
    content: str = "content",
    service: str = "intake",
    **more: Any,
) -> Append:
    return Append(
        stream=stream,
        expected_version=expected_version,
        command_id=command or str(uuid.uuid4()),
        command_hash=hashlib.sha256(content.encode()).digest(),
        service=service,
        actor=more.pop("actor", CLERK),
        events=events or (event("Opened" if expected_version == 0 else "Noted"),),
        **more,
    )


def numbers(pattern: str = "YYMM####", **more: Any) -> NumberSeries:
    defaults: dict[str, Any] = {
        "series": "p/henan",
        "resets": "monthly",
        "timezone": "Asia/Shanghai",
    }
    return NumberSeries(pattern=pattern, **{**defaults, **more})
