"""Wires analytics: fact tables kept from the feed, and the read API over them and the streams."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI

from libs.casework.following import following
from libs.serving.application import application
from libs.serving.beside import working_beside
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
            working_beside(facts=desk.runner.run, figures=desk.gauges.run),
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
