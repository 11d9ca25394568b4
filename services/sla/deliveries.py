"""Brings notices to a channel: at least once, with the event's id so that it counts once.

Leases and back-off are real time, also in a simulation.
"""

from __future__ import annotations

import random
import threading
import time
from typing import Protocol

import msgspec
import structlog

from libs.events.postgres.database import Database
from libs.events.postgres.faults import is_transient
from libs.metrics import NOTICE_DELIVERIES, children
from services.sla.sql import SQL

log = structlog.get_logger(__name__)

# Standard Webhooks' recommended waits, in seconds: about 3 days in all.
WAITS_S = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 50400.0, 72000.0, 86400.0)
LEASE_S = 60.0
IDLE_S = 0.5


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one try: `words` is the status or the kind of failure, never content."""

    accepted: bool
    words: str


class Channel(Protocol):
    """A way to the reader of a notice. `batch`: how many it takes well within a lease."""

    name: str
    batch: int

    def deliver(self, event_id: str, payload: bytes, *, timestamp: int) -> Answer:
        """Try once; `event_id` is the same on every try. Blocks; raises nothing of its own."""
        ...


class Delivery(msgspec.Struct, frozen=True, array_like=True):
    """A claimed notice on its way; `attempts` counts this try too."""

    stream: str
    version: int
    attempts: int
    payload: bytes


class Deliverer:
    """One worker for one channel; several may run, in one process or many."""

    def __init__(
        self, database: Database, channel: Channel, *, waits_s: tuple[float, ...] = WAITS_S
    ) -> None:
        self._database, self._channel, self._waits_s = database, channel, waits_s
        children(NOTICE_DELIVERIES, [channel.name], ("delivered", "pending", "dead"))

    def step(self) -> int:
        """Try what is due now, at most one batch; give the number tried.

        A crash before the end repeats the batch after the lease.
        """
        claimed = self._claim()
        if claimed:
            self._settle([(each, *self._outcome(each, self._try(each))) for each in claimed])
        return len(claimed)

    def run(self, stop: threading.Event) -> None:
        """Deliver until `stop` is set; a database that does not answer is asked again."""
        while not stop.is_set():
            tried = 0
            try:
                tried = self.step()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("deliveries_wait", error=type(error).__name__)
            if not tried:
                stop.wait(IDLE_S)

    def _claim(self) -> list[Delivery]:
        values = {"channel": self._channel.name, "limit": self._channel.batch, "lease_s": LEASE_S}
        with self._database.transaction() as cursor:
            cursor.execute(SQL["claim_deliveries"], values)
            return [
                Delivery(stream, version, attempts, bytes(payload))
                for stream, version, attempts, payload in cursor.fetchall()
            ]

    def _try(self, delivery: Delivery) -> Answer:
        event_id = f"{delivery.stream}/{delivery.version}"
        return self._channel.deliver(event_id, delivery.payload, timestamp=int(time.time()))

    def _outcome(self, delivery: Delivery, answer: Answer) -> tuple[str, str, float]:
        if answer.accepted:
            return "delivered", answer.words, 0.0
        if delivery.attempts > len(self._waits_s):
            log.error("notice_undeliverable", stream=delivery.stream, version=delivery.version)
            return "dead", answer.words, 0.0
        # Spread, so that what failed together does not come back together.
        spread = random.uniform(0.8, 1.2)  # noqa: S311 - nobody gains by guessing it
        return "pending", answer.words, self._waits_s[delivery.attempts - 1] * spread

    def _settle(self, settled: list[tuple[Delivery, str, str, float]]) -> None:
        with self._database.transaction() as cursor:
            cursor.execute(
                SQL["settle_deliveries"],
                {
                    "channel": self._channel.name,
                    "streams": [delivery.stream for delivery, *_ in settled],
                    "versions": [delivery.version for delivery, *_ in settled],
                    "states": [state for _, state, _, _ in settled],
                    "answers": [words for _, _, words, _ in settled],
                    "waits": [wait_s for *_, wait_s in settled],
                },
            )
        for _, state, _, _ in settled:
            NOTICE_DELIVERIES.labels(channel=self._channel.name, outcome=state).inc()
