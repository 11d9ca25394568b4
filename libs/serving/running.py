"""Running a service as a process: one uvicorn server that stops within ten seconds."""

from __future__ import annotations

import signal

import uvicorn

from libs.serving.exposition import counted_together
from libs.serving.onewrite import OneWriteProtocol
from libs.serving.settings import ProcessSettings


def run(factory: str, settings: ProcessSettings) -> None:
    """Serve the application that `factory` ("module:function") builds, until SIGTERM or SIGINT.

    On the signal no new request is taken, those under way get `stop_seconds` to finish (a command
    that was answered is stored; one that was not can be repeated), then the lifespan closes and
    the process ends with 0.
    """
    # uvicorn raises the signal again once it has stopped; that end was asked for and is no crash.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    with counted_together(settings.workers):
        _serve(factory, settings)


def _serve(factory: str, settings: ProcessSettings) -> None:
    uvicorn.run(
        factory,
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        http=OneWriteProtocol,
        proxy_headers=False,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=settings.stop_seconds,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=64 * 1024,
    )
