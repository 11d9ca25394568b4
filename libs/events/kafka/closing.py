"""Ending a client of Kafka without being held up by one that does not end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

_CLOSE_S = 5.0


async def ended(closing: Coroutine[Any, Any, None]) -> None:
    """Let a client close itself, for some seconds; what it holds is taken up again elsewhere.

    Not cancelled after that: the client answers a cancellation by waiting on.
    """
    task = asyncio.create_task(closing)
    done, _ = await asyncio.wait([task], timeout=_CLOSE_S)
    for each in done:
        each.exception()  # how it ended changes nothing
