"""Wires analytics: fact tables kept from the feed, and the read API over them and the streams."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable

from fastapi import FastAPI

from libs.casework.following import following
from libs.serving.application import application
from services.analytics.api import read_routes
from services.analytics.case_api import case_routes
from services.analytics.desk import Desk
from services.analytics.settings import AnalyticsSettings

SERVICE = "analytics"


def build(settings: AnalyticsSettings) -> FastAPI:
    """Return the application; its projection and its gauges run with its lifespan."""
    desk = Desk(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with (
            following(desk.regulations),
            _running(desk.runner.run, desk.gauges.run),
        ):
            with desk.signals:
                yield
        desk.close()

    async def store_answers() -> bool:
        await asyncio.to_thread(desk.figures.present)
        return True

    async def keeps_up() -> bool:
        return desk.runner.failure is None

    return application(
        SERVICE,
        title="Redress · 分析 analytics",
        routers=[case_routes(desk), read_routes(desk)],
        checks={"store": store_answers, "facts": keeps_up},
        notes={"facts": lambda: desk.runner.fault},
        lifespan=lifespan,
    )


@contextlib.asynccontextmanager
async def _running(*works: Callable[[threading.Event], None]) -> AsyncIterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=work, args=(stop,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            await asyncio.to_thread(thread.join)
