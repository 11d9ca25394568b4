"""Simulated time as the demo's staff see it: read once from the store, then counted on."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta


class SimulatedTime:
    """The store's clock from outside: `speed` simulated seconds pass in a real one."""

    def __init__(self, now_at: datetime, speed: float) -> None:
        self._read_at, self._read_monotonic = now_at, time.monotonic()
        self.speed = speed

    def now(self) -> datetime:
        """The simulated time, aware UTC."""
        passed = (time.monotonic() - self._read_monotonic) * self.speed
        return self._read_at + timedelta(seconds=passed)

    async def reach(self, instant: datetime) -> None:
        """Waits until `instant` has come; returns at once where it has passed."""
        await asyncio.sleep(max(0.0, (instant - self.now()).total_seconds() / self.speed))
