"""The demo from curtain to curtain, with word of its progress to whoever shows it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.events.postgres.database import Database
from libs.events.postgres.faults import is_transient
from libs.events.postgres.simulation import ClockState
from redress.demo.enterprise import Enterprise, provinces
from redress.demo.simulated import SimulatedTime
from redress.demo.staff import Staff, Tally
from redress.demo.stories import load_stories
from redress.demo.summary import count_events
from redress.home import PROCEDURES, Home
from redress.verification.journals import Journal

JOURNALS = "journals"
_LOOK_EVERY_S = 1.0


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """How much is played: arrivals per second, how many at most, how long to wait for the end."""

    per_second: float
    most: int | None
    finish_within_s: float
    seed: int


class Audience(Protocol):
    """Whoever shows the demo."""

    def first(self, number: str) -> None:
        """The first complaint has its number."""

    def scene(self, clock: SimulatedTime, tally: Tally, events: dict[str, int]) -> None:
        """What there is to see now; called about once a second."""


async def play(
    home: Home,
    addresses: dict[str, str],
    script: Script,
    *,
    clock_state: ClockState,
    key: Ed25519PrivateKey,
    texts: list[str],
    audience: Audience,
    check: Callable[[], None],
) -> Tally:
    """Lets the enterprise work as the script says; returns what its staff have done.

    `check` is called about once a second; what it raises ends the play.
    """
    clock = SimulatedTime(clock_state.now_at, clock_state.speed)
    journal = Journal(home.folder / JOURNALS / f"journal-{os.getpid()}.jsonl")
    staff = Staff(addresses, key, journal)
    enterprise = Enterprise(
        staff,
        clock,
        stories=load_stories(),
        provinces=provinces(PROCEDURES),
        texts=texts,
        seed=script.seed,
    )
    database = Database(home.owner_url(), application_name="redress-demo", max_connections=2)
    acting = asyncio.create_task(_act(enterprise, script, audience))
    events: dict[str, int] = {}
    try:
        while not acting.done():
            check()
            events = await asyncio.to_thread(_counted, database, events)
            audience.scene(clock, staff.tally, events)
            await asyncio.wait((acting,), timeout=_LOOK_EVERY_S)
        await acting
    finally:
        acting.cancel()
        await asyncio.gather(acting, return_exceptions=True)
        await staff.close()
        database.close()
    return staff.tally


async def _act(enterprise: Enterprise, script: Script, audience: Audience) -> None:
    await enterprise.receive(
        per_second=script.per_second, most=script.most, on_registered=_once(audience.first)
    )
    await enterprise.finish(script.finish_within_s)


def _counted(database: Database, before: dict[str, int]) -> dict[str, int]:
    try:
        return count_events(database)
    except Exception as error:
        # A database that was killed is back in a moment; until then the last figures stand.
        if is_transient(error):
            return before
        raise


def _once(tell: Callable[[str], None]) -> Callable[[str], None]:
    told = False

    def tell_once(number: str) -> None:
        nonlocal told
        if not told:
            told = True
            tell(number)

    return tell_once
