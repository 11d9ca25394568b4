"""What waits goes out together: the queues behind `EventStore.append` and `.load`.

Each kind of work has a queue and one or more lanes. A free lane takes what waits and sends it as
one statement; what arrives meanwhile forms the next group. The more callers, the larger the groups:
the cost of a commit is shared, and nobody waits for a timer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from typing import Any, Generic, TypeVar

import psycopg2

from libs.events.errors import StoreRefused, StoreUnavailable, StreamError
from libs.events.postgres.database import Database
from libs.events.postgres.lane import Lane

Work = TypeVar("Work")
Done = TypeVar("Done")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0


class Waiting(Generic[Work, Done]):
    """One caller's work and the future he waits on."""

    __slots__ = ("done", "give_up_at", "turned_away", "work")

    def __init__(self, work: Work, done: asyncio.Future[Done], give_up_at: float) -> None:
        self.work, self.done, self.give_up_at = work, done, give_up_at
        self.turned_away = 0

    def tell(self, result: Done | StreamError) -> None:
        """Hands the caller his result, unless he has gone."""
        if self.done.done():
            return
        if isinstance(result, StreamError):
            self.done.set_exception(result)
        else:
            self.done.set_result(result)


class Groups(Generic[Work, Done]):
    """A queue with lanes; subclasses say what goes together and how a group is sent.

    For use on one event loop.
    """

    def __init__(self, database: Database, *, lanes: int, patience: float) -> None:
        self._patience = patience
        self._all_lanes = [Lane(database) for _ in range(lanes)]
        self._lanes = list(self._all_lanes)
        self._queue: deque[Waiting[Work, Done]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._dispatching = False
        self._open = False

    def start(self) -> None:
        """Accepts work from now on; connections open at first use."""
        self._open = True

    async def close(self) -> None:
        """Accepts no more, waits until everybody is answered, lets the connections go."""
        self._open = False
        while self._queue or self._tasks:
            await asyncio.sleep(0)  # a dispatch may be scheduled and not yet run
            if self._tasks:
                await asyncio.wait(self._tasks)
        for lane in self._all_lanes:
            lane.close()

    async def put(self, work: Work) -> Done:
        """Queues the work and waits for its result; raises StoreUnavailable when not started."""
        if not self._open:
            raise StoreUnavailable("the store is not open")
        loop = asyncio.get_running_loop()
        waiting: Waiting[Work, Done] = Waiting(
            work, loop.create_future(), loop.time() + self._patience
        )
        self._queue.append(waiting)
        self._dispatch_soon()
        return await waiting.done

    def take(self) -> list[Waiting[Work, Done]]:
        """Takes from the queue what may go out together now; empty when nothing may."""
        raise NotImplementedError

    async def send(
        self, lane: Lane, group: Sequence[Waiting[Work, Done]]
    ) -> Sequence[Done | StreamError]:
        """Sends a group in one round trip; the results in its order. Raises StoreUnavailable."""
        raise NotImplementedError

    def settle(
        self, group: Sequence[Waiting[Work, Done]], results: Sequence[Done | StreamError]
    ) -> None:
        """Tells each caller his result."""
        for waiting, result in zip(group, results, strict=True):
            waiting.tell(result)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs something that `close` waits for."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def requeue(self, group: Sequence[Waiting[Work, Done]]) -> None:
        """Puts back at the front what could not be done yet."""
        self._queue.extendleft(reversed(group))
        self._dispatch_soon()

    def _dispatch_soon(self) -> None:
        # Once per turn of the loop: whoever else puts work in this turn comes along.
        if not self._dispatching:
            self._dispatching = True
            asyncio.get_running_loop().call_soon(self._dispatch)

    def _dispatch(self) -> None:
        self._dispatching = False
        while self._lanes and self._queue and (group := self.take()):
            self.spawn(self._serve(self._lanes.pop(), group))

    async def _serve(self, lane: Lane, group: list[Waiting[Work, Done]]) -> None:
        try:
            self.settle(group, await self._insist(lane, group))
        finally:
            self._lanes.append(lane)
            self._dispatch_soon()

    async def _insist(
        self, lane: Lane, group: list[Waiting[Work, Done]]
    ) -> Sequence[Done | StreamError]:
        """Sends until answered. A lost answer leaves the outcome unknown: work is such that a
        repeat is harmless, so it is repeated before anybody is told."""
        pause = _FIRST_PAUSE
        loop = asyncio.get_running_loop()
        while True:
            try:
                return await self.send(lane, group)
            except StoreUnavailable as error:
                if loop.time() + pause > min(waiting.give_up_at for waiting in group):
                    return [error] * len(group)
            except psycopg2.Error as error:
                if len(group) == 1:
                    return [StoreRefused(str(error).strip())]
                # One of them spoils the statement: each goes alone, so that only that one fails.
                return [(await self._insist(lane, [waiting]))[0] for waiting in group]
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
