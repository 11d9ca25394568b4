"""The board as it changes: server-sent events, one stream a tab.

At shutdown sse-starlette ends the streams within half a second; the browser comes back by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from services.console.gateway import Unavailable

Look = Callable[[], Awaitable[tuple[object, str]]]


# However fast news come, a board is read by eyes and made by queries.
SOONEST_S = 0.2


async def updates(look: Look, seconds: float, news: asyncio.Event) -> AsyncIterator[dict[str, str]]:
    """Yield the board whenever it differs from what was last sent.

    `look` returns a mark of what is shown and its HTML. A service that does not answer is asked
    again at the next look: the page keeps its last picture and its clocks go on. `news` brings the
    next look forward; without any the board is looked at every so many seconds.
    """
    shown: object = None
    while True:
        try:
            mark, markup = await look()
        except Unavailable:
            mark = shown
        if mark != shown:
            shown = mark
            yield {"event": "board", "data": markup}
        soonest = min(SOONEST_S, seconds)
        await asyncio.sleep(soonest)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds - soonest):
                await news.wait()
        news.clear()
