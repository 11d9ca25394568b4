"""Appends in groups."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import psycopg2

from libs.events.envelope import Appended
from libs.events.errors import StreamBusy, StreamError
from libs.events.postgres.batch import APPEND, APPEND_IN_LINE, APPEND_ONE, Prepared, Result, columns
from libs.events.postgres.database import Database
from libs.events.postgres.groups import Groups, Waiting
from libs.events.postgres.lane import Lane

GROUP_SIZE = 256
"""Most appends in one statement: each holds two of the server's shared locks until commit."""
_LANES = 2
_WORTH_SHARING = 32
_BUSY_PAUSE = 0.002
_TRIES = 3
"""Times a busy stream turns an append away before it stands in line."""


class AppendGroups(Groups[Prepared, Appended]):
    """Group commit. Within the process no stream or command is in two statements at once."""

    def __init__(self, database: Database, *, patience: float) -> None:
        super().__init__(database, lanes=_LANES, patience=patience)
        self._under_way: set[str] = set()

    def take(self) -> list[Waiting[Prepared, Appended]]:
        """Up to 256 in order of arrival, each stream and command once; later ones keep waiting."""
        group: list[Waiting[Prepared, Appended]] = []
        left: list[Waiting[Prepared, Appended]] = []
        # Callers answered together ask again together: without sharing, one lane would take them
        # all each time, and server and client would work in turns instead of side by side.
        share = -(-len(self._queue) // max(1, len(self._lanes)))
        size = min(GROUP_SIZE, max(_WORTH_SHARING, share))
        while self._queue and len(group) < size:
            if group and self._queue[0].turned_away >= _TRIES:
                break  # it stands in line, and nobody else should have to
            waiting = self._queue.popleft()
            append = waiting.work.append
            if append.stream in self._under_way or append.command_id in self._under_way:
                left.append(waiting)
            else:
                self._under_way.update((append.stream, append.command_id))
                group.append(waiting)
                if waiting.turned_away >= _TRIES:
                    break
        self._queue.extendleft(reversed(left))
        # New streams have rising ids: in order they fill the indexes' last pages one after another.
        group.sort(key=lambda waiting: waiting.work.append.stream)
        return group

    async def send(
        self, lane: Lane, group: Sequence[Waiting[Prepared, Appended]]
    ) -> Sequence[Result]:
        """One statement; a single plain append takes the plain path."""
        first = group[0]
        in_line = first.turned_away >= _TRIES
        if in_line:
            sql, arguments = APPEND_IN_LINE, [first.work.append.stream, *columns([first.work])]
        elif len(group) == 1 and first.work.is_plain:
            sql, arguments = APPEND_ONE, first.work.arguments()
        else:
            sql, arguments = APPEND, columns([waiting.work for waiting in group])
        try:
            answers = await lane.query(sql, arguments, planned=not in_line)
        except psycopg2.errors.LockNotAvailable:
            return [StreamBusy(first.work.append.stream)]
        return [waiting.work.result(answer) for waiting, answer in zip(group, answers, strict=True)]

    def settle(
        self,
        group: Sequence[Waiting[Prepared, Appended]],
        results: Sequence[Appended | StreamError],
    ) -> None:
        """Tells each caller; what another process is busy with comes again shortly."""
        busy = []
        now = asyncio.get_running_loop().time()
        for waiting, result in zip(group, results, strict=True):
            append = waiting.work.append
            self._under_way.difference_update((append.stream, append.command_id))
            if isinstance(result, StreamBusy) and now < waiting.give_up_at:
                waiting.turned_away += 1
                busy.append(waiting)
            else:
                waiting.tell(result)
        if busy:
            self.spawn(self._try_again(busy))

    async def _try_again(self, busy: list[Waiting[Prepared, Appended]]) -> None:
        await asyncio.sleep(_BUSY_PAUSE)
        self.requeue(busy)
