"""A projection over Kafka: the same rows as from the feed, whatever happens on the way."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from libs.events.kafka.consumer import KafkaRunner
from libs.events.kafka.publisher import Publisher

PATIENCE_S = 40.0


@contextmanager
def at_work(run: Callable[[threading.Event], None]) -> Iterator[None]:
    """Something that runs in a thread until the end of the block."""
    stop = threading.Event()
    failed: list[Exception] = []

    def work() -> None:
        try:
            run(stop)
        except Exception as error:  # noqa: BLE001 - told to the test
            failed.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
    assert not failed, failed


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; only a broken product waits to the end."""
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up, "it never came"
        time.sleep(0.02)


@pytest.fixture
def publishing(relay_database, bootstrap, topics):
    """A publisher at work during a block."""

    @contextmanager
    def works() -> Iterator[Publisher]:
        publisher = Publisher(relay_database, bootstrap, topics)

        def run(stop: threading.Event) -> None:
            async def main() -> None:
                told = asyncio.Event()
                task = asyncio.create_task(publisher.run(told))
                await asyncio.to_thread(stop.wait)
                told.set()
                await task

            asyncio.run(main())

        with at_work(run):
            yield publisher

    return works


@pytest.fixture
def runner(database, projection, bootstrap, topics) -> Callable[[], KafkaRunner]:
    """A new member of the group."""
    return lambda: KafkaRunner(database, projection, bootstrap, topics)


def test_effects_over_kafka_are_those_of_the_feed(
    append, sequence, feed, notes, runner, publishing
):
    append("complaint/1", 0, "before", "before")
    sequence()
    member = runner()
    with publishing(), at_work(member.run):
        until(lambda: member.fault is None)
        append("complaint/1", 2, "live")
        append("complaint/2", 0, "live", "live")
        append("calendar/1", 0, "live")
        sequence()
        assert member.wait_for(5, PATIENCE_S)
    assert notes() == sorted((e.event.stream, e.event.version) for e in feed())
