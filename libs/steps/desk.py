"""What the routes of one service work with: open while the service runs."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator
from pathlib import Path

from libs import metrics
from libs.access.identity import TokenReader, signing_key
from libs.casework.following import following
from libs.casework.opening import Office, Plan, open_office
from libs.casework.regulations import Regulations
from libs.events.postgres.database import Database
from libs.events.postgres.documents import Documents
from libs.redis.signals import Signals
from libs.serving.identification import Bearer
from libs.serving.limits import WriteLimit
from libs.serving.logs import logger
from libs.serving.settings import ServiceSettings

log = logger(__name__)

_COUNT_EVERY_S = 5.0


class Desk:
    """The place where steps come in: knows who may come, and opens the office behind it."""

    def __init__(self, service: str, settings: ServiceSettings) -> None:
        self.service, self._settings = service, settings
        archive = Database(
            settings.database_url.get_secret_value(), application_name=f"redress-{service}-archive"
        )
        self.regulations = Regulations(settings.procedures, Documents(archive))
        self.bearer = Bearer(TokenReader(signing_key(settings.keys, _tell_of_new_key).public_key()))
        self.signals = Signals(settings.redis, service=service)
        self.limit = WriteLimit(
            service, per_minute=settings.writes_per_minute, redis_url=settings.redis
        )
        self._office: Office | None = None

    @property
    def office(self) -> Office:
        """What is open; only while `open` is."""
        assert self._office is not None, "requests come after start-up"
        return self._office

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Office]:
        """Open the store; on leaving, everything already taken in is stored first."""
        plan = Plan(
            service=self.service,
            dsn=self._settings.database_url.get_secret_value(),
            keys=self._settings.keys,
            regulations=self.regulations,
            headquarters=self._settings.headquarters,
            patience=self._settings.store_patience,
            on_new_key=_tell_of_new_key,
            decided_again=metrics.DECIDED_AGAIN.labels(self.service).inc,
        )
        async with (
            open_office(plan) as office,
            following(self.regulations),
            contextlib.aclosing(self.limit),
        ):
            self._office = office
            # What was loaded so far lives as long as the process: the collector need not look at
            # it again at every turn (measured: a twentieth of a request).
            gc.collect()
            gc.freeze()
            counting = asyncio.create_task(self._count_cases(office))
            try:
                with self.signals:
                    yield office
            finally:
                counting.cancel()

    async def _count_cases(self, office: Office) -> None:
        # Set now and then, not asked at the scrape: that may be answered by another worker.
        held = metrics.CASES_CACHED.labels(self.service)
        while True:
            held.set(len(office.cases))
            await asyncio.sleep(_COUNT_EVERY_S)

    async def store_answers(self) -> bool:
        """Return whether the store answers now (for /readyz); raises where it does not."""
        await self.office.time.refresh()
        return True


def _tell_of_new_key(path: Path) -> None:
    # Loud, because nothing sealed under a lost key can ever be read again.
    log.warning("new key file: keep it secret and keep a copy", file=path.name)
