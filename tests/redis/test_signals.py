"""Signals: they wake whoever waits, and their absence is no error."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from libs.events.postgres.database import Database
from libs.events.postgres.sequencer import Sequencer
from libs.redis.signals import Bell, Signals
from services.intake import bootstrap as intake
from services.intake.settings import IntakeSettings
from tests.redis.conftest import Server
from tests.services.test_process import free_port
from tests.services.world import World, serving

FOR_EVER = 3600.0


def until_rung(ring: Callable[[], None], bell: Bell) -> None:
    """Ring until it is heard: who has just connected may have missed the first."""
    while not bell.rung.is_set():
        ring()
        time.sleep(0.05)
    bell.rung.clear()


def test_a_signal_of_one_process_wakes_another(server: Server) -> None:
    with Signals(server.url, service="a") as sender, Signals(server.url, service="b") as hearer:
        feed, facts = hearer.bell("feed"), hearer.bell("facts")
        until_rung(lambda: sender.ring("facts"), facts)
        feed.rung.clear()  # the one of its own beginning
        sender.ring("feed")
        assert feed.rung.wait(20)


def test_without_redis_a_bell_waits_for_the_end_and_rings_for_nobody() -> None:
    with Signals(None, service="a") as signals:
        bell, stop = signals.bell("feed"), threading.Event()
        signals.ring("feed")
        assert not bell.rung.is_set()
        stop.set()
        bell.wait(stop, FOR_EVER)  # comes back at once, or the test's own limit ends it


def test_a_redis_that_is_not_there_stops_nobody() -> None:
    with Signals(f"redis://127.0.0.1:{free_port()}/0", service="a") as signals:
        signals.ring("feed")
        bell = signals.bell("feed")
        bell.wait(threading.Event(), 0.01)
        assert not bell.rung.is_set()


def test_signals_come_again_after_a_kill_and_after_flushall(server: Server) -> None:
    with Signals(server.url, service="a") as sender, Signals(server.url, service="b") as hearer:
        bell = hearer.bell("feed")
        until_rung(lambda: sender.ring("feed"), bell)
        server.client.flushall()
        until_rung(lambda: sender.ring("feed"), bell)
        server.kill()
        sender.ring("feed")
        server.start()
        until_rung(lambda: sender.ring("feed"), bell)


def test_the_relay_is_woken_by_what_was_stored(
    server: Server,
    fresh_database: str,
    role_dsn: Callable[..., str],
    regulations_folder: Path,
    tmp_path: Path,
) -> None:
    """Its waits last for ever here: only a signal can have ended one."""
    settings = IntakeSettings(
        database_url=role_dsn("redress_intake"),
        default_procedure="small",
        keys=tmp_path / "keys",
        procedures=regulations_folder,
        redis_url=server.url,
    )
    stop, waiting = threading.Event(), threading.Event()
    with ExitStack() as stack:
        signals = stack.enter_context(Signals(server.url, service="relay"))
        bell = signals.bell("appended")

        def idle(stop: threading.Event, _seconds: float) -> None:
            waiting.set()
            bell.wait(stop, FOR_EVER)

        database = Database(role_dsn("redress_relay"), application_name="test-relay")
        stack.callback(database.close)
        thread = threading.Thread(target=Sequencer(database, idle=idle).run, args=(stop,))
        thread.start()
        assert waiting.wait(30)
        url = stack.enter_context(serving(intake.build(settings)))
        world = World(fresh_database, tmp_path / "keys", url, url)
        stack.callback(world.close)
        world.register()
        while world.ask("SELECT count(*) FROM events.feed") == [(0,)]:
            time.sleep(0.02)
        stop.set()
        bell.rung.set()
        thread.join()


@pytest.mark.anyio
async def test_every_open_page_is_told_of_news(server: Server) -> None:
    """Both tabs of both consoles: one signal fans out to all."""
    with (
        Signals(server.url, service="console") as first,
        Signals(server.url, service="console") as second,
        Signals(server.url, service="analytics") as sender,
    ):
        with first.heard("facts") as one, first.heard("facts") as two, second.heard("facts") as far:
            while not (one.is_set() and two.is_set() and far.is_set()):
                sender.ring("facts")
                await asyncio.sleep(0.05)
        one.clear()
        sender.ring("facts")
        with first.heard("facts") as later:
            while not later.is_set():
                sender.ring("facts")
                await asyncio.sleep(0.05)
        assert not one.is_set()  # who has left is told nothing more


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
