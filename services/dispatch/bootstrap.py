"""Wires dispatch: the work on complaints, and the work lists."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.types import ASGIApp

from libs.casework.pasts import PastCases
from libs.casework.registry import REGISTRY
from libs.events.envelope import StoredEvent
from libs.events.kafka.following import runner_of
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from libs.serving.application import application
from libs.serving.beside import working_beside
from libs.steps.desk import Desk
from libs.steps.routes import step_routes
from libs.steps.schemas import COMPONENTS
from libs.steps.shortway import ShortWay
from services.dispatch.api import work_routes
from services.dispatch.projection import WorkList
from services.dispatch.settings import DispatchSettings

SERVICE = "dispatch"


def build(settings: DispatchSettings) -> ASGIApp:
    """Return the application; its store and its projection run with its lifespan."""
    desk = Desk(SERVICE, settings)
    dsn = settings.database_url.get_secret_value()
    database = Database(dsn, application_name="redress-dispatch-work-list", max_connections=2)

    def load(stream: str) -> list[StoredEvent]:
        return desk.office.store.load_now(stream)

    # Never started: it only reads, in transactions that have other things to read too.
    streams = EventStore(database, service=SERVICE, registry=REGISTRY)
    pasts = PastCases(streams, desk.regulations)
    runner = runner_of(database, WorkList(desk.regulations, load), settings.kafka_bootstrap)
    runner.idle = desk.signals.bell("feed").wait

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with desk.open(), working_beside(work_list=runner.run):
            yield
        database.close()

    async def keeps_up() -> bool:
        return runner.failure is None

    steps = step_routes(desk)
    app = application(
        SERVICE,
        title="Redress · 处理 dispatch",
        routers=[steps, work_routes(desk, runner, pasts)],
        checks={"store": desk.store_answers, "work_list": keeps_up},
        notes={"work_list": lambda: runner.fault},
        lifespan=lifespan,
        components=COMPONENTS,
    )
    return ShortWay(app, steps, SERVICE)
