"""Work that blocks, in threads beside a service for the time of its lifespan."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable


@contextlib.asynccontextmanager
async def working_beside(**works: Callable[[threading.Event], None]) -> AsyncIterator[None]:
    """Run each piece of work in a thread called by its name, until the block ends.

    Each gets the event that asks it to stop, and is waited for.
    """
    stop = threading.Event()
    threads = [
        threading.Thread(target=work, args=(stop,), name=name, daemon=True)
        for name, work in works.items()
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            await asyncio.to_thread(thread.join)
