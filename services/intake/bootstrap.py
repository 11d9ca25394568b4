"""Wires intake: registration and what belongs to it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI

from libs.serving.application import application
from libs.steps.desk import Desk
from libs.steps.routes import step_routes
from libs.steps.schemas import COMPONENTS
from services.intake.settings import IntakeSettings

SERVICE = "intake"


def build(settings: IntakeSettings) -> FastAPI:
    """Return the application; its store opens and closes with its lifespan."""
    desk = Desk(SERVICE, settings)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with desk.open():
            yield

    return application(
        SERVICE,
        title="Redress · 受理 intake",
        routers=[step_routes(desk, settings.default_procedure)],
        checks={"store": desk.store_answers},
        lifespan=lifespan,
        components=COMPONENTS,
    )
