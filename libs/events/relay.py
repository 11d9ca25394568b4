"""The relay: the process that gives committed events their place in the feed and publishes it.

Run it as `python -m libs.events.relay`, with the settings of every service and the database role
`redress_relay`. Several may run: one works, the others take over within seconds.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio.to_thread
from fastapi import FastAPI

from libs.events.postgres.database import Database
from libs.events.postgres.sequencer import Sequencer
from libs.redis.signals import Signals
from libs.serving.application import application
from libs.serving.logs import configure_logs
from libs.serving.running import run
from libs.serving.settings import ServiceSettings

if TYPE_CHECKING:
    from libs.events.kafka.publisher import Publisher

_SILENT_S = 5.0
_JOIN_S = 8.0


def relay() -> FastAPI:
    """The relay's application: health, readiness and metrics around the working thread.

    Ready means that the database answered within the last seconds, leading or standing by, and
    where there is Kafka, that nothing keeps the feed from being published.
    """
    settings = ServiceSettings()
    configure_logs("relay", settings.log_level)
    database = Database(
        settings.database_url.get_secret_value(),
        application_name="redress-relay",
        max_connections=4,
    )
    signals = Signals(settings.redis, service="relay")
    sequencer = Sequencer(
        database,
        idle=signals.bell("appended").wait,
        on_moved=lambda: signals.ring("feed"),
    )
    publisher = _publisher(database, settings.kafka_bootstrap)

    @asynccontextmanager
    async def working(_app: FastAPI) -> AsyncIterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=sequencer.run, args=(stop,), name="sequencer")
        with signals:
            thread.start()
            try:
                async with _publishing(publisher):
                    yield
            finally:
                stop.set()
                await anyio.to_thread.run_sync(thread.join, _JOIN_S)
                database.close()

    async def answers() -> bool:
        return time.monotonic() - sequencer.answered_at < _SILENT_S

    async def publishes() -> bool:
        return publisher is None or publisher.fault is None

    return application(
        "relay",
        title="Redress relay",
        routers=[],
        checks={"database": answers, "kafka": publishes},
        notes={"kafka": lambda: publisher.fault if publisher else None},
        lifespan=working,
    )


def _publisher(database: Database, bootstrap: str) -> Publisher | None:
    if not bootstrap:
        return None
    # The client is loaded only where there is something to talk to.
    from libs.events.kafka.publisher import Publisher  # noqa: PLC0415
    from libs.events.kafka.topics import load_topics  # noqa: PLC0415

    return Publisher(database, bootstrap, load_topics())


@asynccontextmanager
async def _publishing(publisher: Publisher | None) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(publisher.run(stop)) if publisher else None
    try:
        yield
    finally:
        stop.set()
        if task is not None:
            await asyncio.wait([task], timeout=_JOIN_S)


def main() -> None:
    """Run until SIGTERM or SIGINT; stops within ten seconds and gives the lease back."""
    run("libs.events.relay:relay", ServiceSettings())


if __name__ == "__main__":
    main()
