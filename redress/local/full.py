"""What a full installation has besides database and processes, started here where it is not given.

An address given by variable is used as it is; what we start ourselves ends with the block.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from libs.events.kafka.admin import declare
from libs.events.kafka.topics import load_topics
from redress.home import Home
from redress.local.wakeups import local_redis


@dataclass(frozen=True)
class FullParts:
    """The processes' environment, and what has to be called now and then to keep parts alive."""

    environment: dict[str, str]
    tend: tuple[Callable[[], None], ...] = ()


@contextlib.contextmanager
def full_parts(home: Home) -> Iterator[FullParts]:
    """Every part at work for the time of the block. Raises KafkaFailed, JarsError, TopicsDiffer."""
    with _kafka(home) as kafka, _redis() as redis:
        yield FullParts(
            environment={**kafka.environment, **redis.environment},
            tend=(*kafka.tend, *redis.tend),
        )


@contextlib.contextmanager
def _redis() -> Iterator[FullParts]:
    if os.environ.get("REDRESS_REDIS_URL") or os.environ.get("REDRESS_REDIS_URL_FILE"):
        yield FullParts(environment={})  # the processes find it in their environment
        return
    with local_redis() as server:
        # Without a Redis only speed is lost, so a machine that has none is no reason to stop.
        if server is None:
            yield FullParts(environment={})
        else:
            yield FullParts(environment={"REDRESS_REDIS_URL": server.url}, tend=(server.revive,))


@contextlib.contextmanager
def _kafka(home: Home) -> Iterator[FullParts]:
    bootstrap = os.environ.get("REDRESS_KAFKA_BOOTSTRAP")
    tend: tuple[Callable[[], None], ...] = ()
    try:
        if not bootstrap:
            bootstrap = home.kafka.start().bootstrap
            tend = (home.kafka.revive,)
        asyncio.run(declare(bootstrap, load_topics()))
        yield FullParts(environment={"REDRESS_KAFKA_BOOTSTRAP": bootstrap}, tend=tend)
    finally:
        if tend:
            home.kafka.stop()
