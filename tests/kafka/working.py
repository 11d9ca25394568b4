"""Publishers and members at work in threads of the test, and records written by others."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from libs.events.kafka.publisher import Publisher
from libs.events.kafka.records import headers_of, partition_of

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


@contextmanager
def publishing(publisher: Publisher) -> Iterator[Publisher]:
    """A publisher at work during the block."""

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


def until(condition: Callable[[], bool], what: str = "it") -> None:
    """Wait for a condition; only a broken product waits to the end."""
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up, f"{what} never came"
        time.sleep(0.02)


def record_of(event, topics, **changed):
    """A record as the publisher would write it, with changes."""
    topic = topics.of(event.event.stream)
    record = {
        "topic": topic,
        "partition": partition_of(event.event.stream, topics.topics[topic].partitions),
        "key": event.event.stream.encode(),
        "value": event.event.body,
        "headers": headers_of(event, b"/redress/test"),
    }
    return {**record, **changed}


def produce(bootstrap: str, records: Sequence[dict], **settings) -> None:
    """Write records as anybody could who reaches the broker, one after the other."""

    async def run() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", **settings)
        await producer.start()
        try:
            for record in records:
                await producer.send_and_wait(**record)
        finally:
            await producer.stop()

    asyncio.run(run())


def administer(bootstrap: str, work) -> None:
    """Something that an operator does to the cluster."""

    async def run() -> None:
        client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await client.start()
        try:
            await work(client)
        finally:
            await client.close()

    asyncio.run(run())
