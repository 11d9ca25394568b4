"""Wires intake: registration and what belongs to it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp

from libs.access.keyring import KeyRing
from libs.access.searching import SearchKey
from libs.casework.casekeys import CaseKeys
from libs.casework.commanding import Asked, Done
from libs.events.kafka.following import runner_of
from libs.events.postgres.database import Database
from libs.serving.application import application
from libs.serving.beside import working_beside
from libs.serving.logs import logger
from libs.steps.defaults import load_defaults
from libs.steps.desk import Desk
from libs.steps.routes import step_routes
from libs.steps.schemas import COMPONENTS
from libs.steps.shortway import ShortWay
from services.intake.files import file_routes
from services.intake.repeats import RepeatFinder
from services.intake.repeats_api import proposed, repeat_routes
from services.intake.searching import SearchTokens
from services.intake.settings import IntakeSettings

log = logger(__name__)

SERVICE = "intake"


def build(settings: IntakeSettings) -> ASGIApp:
    """Return the application; its store opens and closes with its lifespan."""
    desk = Desk(SERVICE, settings)
    dsn = settings.database_url.get_secret_value()
    # One connection for the projection's page, one for the keys that it asks for meanwhile.
    database = Database(dsn, application_name="redress-intake-search", max_connections=2)
    search = SearchKey(settings.keys, _tell_of_new_key)
    keys = CaseKeys(database, KeyRing(settings.keys, _tell_of_new_key))
    runner = runner_of(database, SearchTokens(keys, search), settings.kafka_bootstrap)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with desk.open(), working_beside(search_tokens=runner.run):
            yield
        database.close()

    def finder() -> RepeatFinder:
        return RepeatFinder(desk.office, search)

    async def beside(asked: Asked, done: Done) -> Mapping[str, object]:
        return await proposed(desk, finder(), asked, done)

    async def keeps_up() -> bool:
        return runner.failure is None

    defaults = load_defaults(settings.procedures, settings.default_procedure)
    steps = step_routes(desk, defaults, beside)
    app = application(
        SERVICE,
        title="Redress · 受理 intake",
        routers=[steps, file_routes(desk), repeat_routes(desk, finder)],
        checks={"store": desk.store_answers, "search_tokens": keeps_up},
        lifespan=lifespan,
        components=COMPONENTS,
    )
    return ShortWay(app, steps, SERVICE)


def _tell_of_new_key(path: Path) -> None:
    # Loud: without it no customer is found again by an old complaint.
    log.warning("new key file: keep it secret and keep a copy", file=path.name)
