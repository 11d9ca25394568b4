"""Wires intake: registration and what belongs to it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.types import ASGIApp

from libs.serving.application import application
from libs.steps.defaults import load_defaults
from libs.steps.desk import Desk
from libs.steps.routes import step_routes
from libs.steps.schemas import COMPONENTS
from libs.steps.shortway import ShortWay
from services.intake.files import file_routes
from services.intake.settings import IntakeSettings

SERVICE = "intake"


def build(settings: IntakeSettings) -> ASGIApp:
    """Return the application; its store opens and closes with its lifespan."""
    desk = Desk(SERVICE, settings)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with desk.open():
            yield

    steps = step_routes(desk, load_defaults(settings.procedures, settings.default_procedure))
    app = application(
        SERVICE,
        title="Redress · 受理 intake",
        routers=[steps, file_routes(desk)],
        checks={"store": desk.store_answers},
        lifespan=lifespan,
        components=COMPONENTS,
    )
    return ShortWay(app, steps, SERVICE)
