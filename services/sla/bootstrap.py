"""Wires the watchdog: its threads, its notices, and the clocks it shows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from fastapi import FastAPI

from libs.access.identity import TokenReader, signing_key
from libs.access.policy import Policy
from libs.casework.following import following
from libs.casework.registry import REGISTRY
from libs.casework.regulations import Regulations
from libs.casework.storetime import StoreTime
from libs.events.kafka.following import runner_of
from libs.events.postgres.clockwatch import Alarm, ClockWatch
from libs.events.postgres.database import Database
from libs.events.postgres.documents import Documents
from libs.events.postgres.projection import ProjectionRunner
from libs.events.postgres.store import EventStore
from libs.redis.signals import Signals
from libs.serving.application import application
from libs.serving.identification import Bearer
from libs.serving.logs import logger
from services.sla.api import ClockReader, clock_routes
from services.sla.deliveries import Channel, Deliverer
from services.sla.folding import CaseFolder
from services.sla.gauges import Gauges
from services.sla.notices import LogChannel, Notices
from services.sla.open_clocks import OpenClocks
from services.sla.repinning import Repinner
from services.sla.settings import WatchdogSettings
from services.sla.threads import Threads, Work
from services.sla.watchdog import Watchdog
from services.sla.webhook import Webhook

SERVICE = "sla"
# Besides watchdogs and deliverers: two projections, calendars, gauges, requests, looks at the time.
_OTHER_CONNECTIONS = 8

log = logger(__name__)


def build(settings: WatchdogSettings) -> FastAPI:
    """The application; its threads run with its lifespan."""
    channels = _channels(settings)
    database = Database(
        settings.database_url.get_secret_value(),
        application_name="redress-sla",
        max_connections=settings.watchdog_workers + len(channels) + _OTHER_CONNECTIONS,
    )
    store = EventStore(database, service=SERVICE, registry=REGISTRY)
    regulations = Regulations(settings.procedures, Documents(database))
    folder = CaseFolder(store, regulations)
    time = StoreTime(database, folder.forget_all)
    signals = Signals(settings.redis, service=SERVICE)
    runners = _runners(settings, database, folder, channels, signals)
    works: dict[str, Work] = {name: runner.run for name, runner in runners.items()}
    alarm = Alarm()
    signals.on("clocks", alarm.ring)
    if time.simulation:
        works["clock-watch"] = ClockWatch(database, alarm).run
    works |= _works(settings, database, store, folder, channels, alarm=alarm, signals=signals)
    threads = Threads(works)
    policy = Policy(headquarters=settings.headquarters, simulation=time.simulation)
    bearer = Bearer(TokenReader(signing_key(settings.keys, _tell_of_new_key).public_key()))

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        keeping_time = asyncio.create_task(time.follow())
        async with following(regulations):
            threads.start()
            try:
                with signals:
                    yield
            finally:
                keeping_time.cancel()
                await asyncio.to_thread(threads.stop)
        database.close()

    async def at_work() -> bool:
        return threads.sound

    async def store_answers() -> bool:
        await time.refresh()
        return True

    return application(
        SERVICE,
        title="Redress · 时限 sla",
        routers=[clock_routes(ClockReader(database, folder, policy), bearer, time)],
        checks={"store": store_answers, "threads": at_work},
        notes={name: partial(getattr, runner, "fault") for name, runner in runners.items()},
        lifespan=lifespan,
    )


def _runners(
    settings: WatchdogSettings,
    database: Database,
    folder: CaseFolder,
    channels: list[Channel],
    signals: Signals,
) -> dict[str, ProjectionRunner]:
    notices = Notices([channel.name for channel in channels])
    runners = {
        "clocks": runner_of(database, OpenClocks(folder), settings.kafka_bootstrap),
        "notices": runner_of(database, notices, settings.kafka_bootstrap),
    }
    for runner in runners.values():
        runner.idle = signals.bell("feed").wait
    runners["clocks"].on_applied = lambda: signals.ring("clocks")
    return runners


def _channels(settings: WatchdogSettings) -> list[Channel]:
    channels: list[Channel] = [LogChannel()]
    if settings.webhook_url is not None:
        secret = settings.webhook_secret
        channels.append(
            Webhook(
                settings.webhook_url,
                secret.get_secret_value() if secret is not None else "",
                allow_plain=settings.webhook_plain,
            )
        )
    return channels


def _works(
    settings: WatchdogSettings,
    database: Database,
    store: EventStore,
    folder: CaseFolder,
    channels: list[Channel],
    *,
    alarm: Alarm,
    signals: Signals,
) -> dict[str, Work]:
    watchdogs = {
        f"watchdog-{number}": Watchdog(
            database,
            store,
            folder,
            alarm=alarm,
            on_recorded=lambda: signals.ring("appended"),
        ).run
        for number in range(1, settings.watchdog_workers + 1)
    }
    deliverers = {
        f"deliverer-{channel.name}": Deliverer(database, channel).run for channel in channels
    }
    return {
        "calendars": Repinner(database, store, folder).run,
        "gauges": Gauges(database).run,
        **watchdogs,
        **deliverers,
    }


def _tell_of_new_key(path: Path) -> None:
    log.warning("new key file: keep it secret and keep a copy", file=path.name)
