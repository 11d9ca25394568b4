"""Following publications: a running service takes up a new version without a restart."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from libs.casework.regulations import Regulations

EVERY_S = 1.0


@contextlib.asynccontextmanager
async def following(regulations: Regulations) -> AsyncIterator[None]:
    """Take up what is published; while inside, look every second for more."""
    await asyncio.to_thread(regulations.refresh)
    task = asyncio.create_task(_follow(regulations))
    try:
        yield
    finally:
        task.cancel()


async def _follow(regulations: Regulations) -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        # A store that does not answer is reported by whoever needs it; a document that this
        # program is too old to read leaves it at the versions it knows. Both are tried again.
        with contextlib.suppress(Exception):
            await asyncio.to_thread(regulations.refresh)
