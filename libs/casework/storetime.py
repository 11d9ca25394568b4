"""The store's time, as near as a service can know it without asking at every step."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from libs.events.postgres.database import Database

READ = (Path(__file__).parent / "sql" / "store_time.sql").read_text(encoding="utf-8")
EVERY_S = 1.0


def _nothing_to_forget() -> None:
    """What a caller does at a new epoch who remembers nothing of the store."""


class _Reading(msgspec.Struct, frozen=True):
    simulation: bool
    epoch: int
    speed: float
    read_at: datetime
    monotonic: float


class StoreTime:
    """Real time, or the time of a simulation, which a decision takes as `now`.

    It only informs decisions: the append draws `recorded_at` itself and refuses where a decision
    does not hold then, so a reading that is off costs a second try and nothing else.
    """

    def __init__(
        self, database: Database, on_new_epoch: Callable[[], None] = _nothing_to_forget
    ) -> None:
        """`on_new_epoch` is called, on the event loop, when the store was emptied and began anew:
        what is remembered of it has to be forgotten.
        """
        self._database, self._on_new_epoch = database, on_new_epoch
        self._reading = self._read()
        self._refreshing = threading.Lock()

    @property
    def simulation(self) -> bool:
        """Whether the store is a simulation, which it is for good or never."""
        return self._reading.simulation

    def now(self) -> datetime:
        """Return the store's time, an aware UTC time."""
        reading = self._reading
        passed = (time.monotonic() - reading.monotonic) * reading.speed
        return reading.read_at + timedelta(seconds=passed)

    async def refresh(self) -> None:
        """Ask the store."""
        if await asyncio.to_thread(self._renew):
            self._on_new_epoch()

    async def make_sure(self) -> None:
        """Read time and epoch anew in a simulation: it may have jumped, or been emptied, since."""
        if self._reading.simulation:
            await self.refresh()

    async def follow(self) -> None:
        """Refresh every second until cancelled; a store that does not answer is asked again."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.refresh()
            except Exception:  # noqa: BLE001, S112 - whoever needs the store now reports that
                continue

    def _renew(self) -> bool:
        with self._refreshing:  # an older answer must not replace a newer one
            before, self._reading = self._reading, self._read()
            return self._reading.epoch != before.epoch

    def _read(self) -> _Reading:
        asked = time.monotonic()
        with self._database.transaction() as cursor:
            cursor.execute(READ)
            simulation, epoch, speed, read_at = cursor.fetchone()  # type: ignore[misc]
        # The answer was true at some instant in between: the middle halves the error.
        return _Reading(simulation, epoch, speed, read_at, (asked + time.monotonic()) / 2)
