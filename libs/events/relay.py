"""The relay: the process that gives committed events their place in the feed.

Run it as `python -m libs.events.relay`, with the settings of every service and the database role
`redress_relay`. Several may run: one works, the others take over within seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI

from libs.events.postgres.database import Database
from libs.events.postgres.sequencer import Sequencer
from libs.serving.application import application
from libs.serving.logs import configure_logs
from libs.serving.running import run
from libs.serving.settings import ServiceSettings

_SILENT_S = 5.0
_JOIN_S = 8.0


def relay() -> FastAPI:
    """The relay's application: health, readiness and metrics around the working thread.

    Ready means that the database answered within the last seconds, leading or standing by.
    """
    settings = ServiceSettings()
    configure_logs("relay", settings.log_level)
    database = Database(
        settings.database_url.get_secret_value(),
        application_name="redress-relay",
        max_connections=2,
    )
    sequencer = Sequencer(database)

    @asynccontextmanager
    async def working(_app: FastAPI) -> AsyncIterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=sequencer.run, args=(stop,), name="sequencer")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            await anyio.to_thread.run_sync(thread.join, _JOIN_S)
            database.close()

    async def answers() -> bool:
        return time.monotonic() - sequencer.answered_at < _SILENT_S

    return application(
        "relay", title="Redress relay", routers=[], checks={"database": answers}, lifespan=working
    )


def main() -> None:
    """Run until SIGTERM or SIGINT; stops within ten seconds and gives the lease back."""
    run("libs.events.relay:relay", ServiceSettings())


if __name__ == "__main__":
    main()
