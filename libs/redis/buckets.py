"""How much somebody may do in a time: token buckets, shared by all processes that have a Redis.

Without Redis each process counts for itself: the limit is then looser, by as many processes as
there are, and nothing else changes.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from pathlib import Path

import redis
import redis.asyncio
import structlog

from libs import metrics

_SCRIPT = (Path(__file__).parent / "bucket.lua").read_text(encoding="utf-8")
_ANSWER_WITHIN_S = 0.25
_AGAIN_S = 5.0
_MOST_REMEMBERED = 10_000

_log = structlog.get_logger(__name__)


class Buckets:
    """One bucket per name, refilled at `per_minute`, holding ten seconds' worth at most.

    Used from one event loop. An error of Redis is counted and logged, never raised.
    """

    def __init__(self, url: str | None, *, service: str, per_minute: int) -> None:
        self._rate = per_minute / 60
        self._most = max(1.0, self._rate * 10)
        self._errors = metrics.REDIS_ERRORS.labels(service)
        self._here: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._not_before = 0.0
        self._client = None if url is None else _client(url)
        self._script = None if self._client is None else self._client.register_script(_SCRIPT)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def take(self, name: str) -> float:
        """Take one token: 0 when there was one, else the seconds until the next one."""
        if self._script is None or time.monotonic() < self._not_before:
            return self._take_here(name)
        try:
            waits = await self._script(
                keys=[f"redress:bucket:{name}"], args=[self._rate, self._most]
            )
            return float(waits)
        except redis.RedisError as error:
            self._errors.inc()
            _log.warning("redis_away", error=type(error).__name__)
            # Not asked for a while, so that a dead Redis does not slow every request down.
            self._not_before = time.monotonic() + _AGAIN_S
            return self._take_here(name)

    def _take_here(self, name: str) -> float:
        now = time.monotonic()
        left, at = self._here.pop(name, (self._most, now))
        left = min(self._most, left + (now - at) * self._rate)
        waits = 0.0 if left >= 1 else (1 - left) / self._rate
        self._here[name] = (left if waits else left - 1, now)
        if len(self._here) > _MOST_REMEMBERED:
            self._here.popitem(last=False)
        return waits


def _client(url: str) -> redis.asyncio.Redis:
    return redis.asyncio.Redis.from_url(
        url, socket_timeout=_ANSWER_WITHIN_S, socket_connect_timeout=_ANSWER_WITHIN_S
    )
