"""How many writes one member of staff may send."""

from __future__ import annotations

import math

from libs import metrics
from libs.redis.buckets import Buckets
from libs.serving.problems import Problem


class WriteLimit:
    """Refuses what is too much, before anything of the request is read. `per_minute` None: never.

    Counted per staff id over all his tokens and, with Redis, over all processes. A refused write
    has changed nothing; a repeat under the same key counts anew.
    """

    def __init__(self, service: str, *, per_minute: int | None, redis_url: str | None) -> None:
        self._refused = metrics.RATE_LIMITED.labels(service)
        self._buckets = per_minute and Buckets(redis_url, service=service, per_minute=per_minute)

    async def admit(self, staff: str) -> None:
        """Count one write. Raises `Problem` 429, with Retry-After in whole seconds."""
        if not self._buckets:
            return
        waits = await self._buckets.take(staff)
        if waits:
            self._refused.inc()
            raise Problem("too-many", headers={"Retry-After": str(math.ceil(waits))})

    async def aclose(self) -> None:
        """Close the connections."""
        if self._buckets:
            await self._buckets.aclose()
