"""A broker for all tests of the run, and topics of its own for each."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator

import msgspec
import pytest

from libs.events.kafka.admin import declare
from libs.events.kafka.topics import Topics, load_topics
from tests.brokers import broker
from tests.events.feed.conftest import (  # noqa: F401 - fixtures: a store and a projection
    append,
    append_in,
    database,
    feed,
    notes,
    open_database,
    projection,
    relay_database,
    sequence,
    store,
    writer,
)


@pytest.fixture(scope="session")
def bootstrap() -> Iterator[str]:
    """The broker's address."""
    with broker() as address:
        yield address


@pytest.fixture
def topics(bootstrap: str) -> Topics:
    """Topics like the declared ones under names of this test alone, made at the broker."""
    declared = load_topics()
    own = f"t{uuid.uuid4().hex[:8]}"
    named = {f"{own}.{name}": topic for name, topic in declared.topics.items()}
    topics = msgspec.structs.replace(declared, topics=named)
    asyncio.run(declare(bootstrap, topics))
    return topics
