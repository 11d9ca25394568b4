"""One connection served by the event loop: statements go out and answers come back without threads.

psycopg2's asynchronous mode sends without blocking and is polled when its socket is ready, so a
round trip costs the loop two callbacks. With a thread per connection instead, every answer waits
for the interpreter's lock, which a busy loop holds for milliseconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ

from libs.events.errors import StoreUnavailable
from libs.events.postgres.database import Connection, Cursor, Database

ANSWER_WITHIN = 30.0
"""Seconds after which a silent server counts as lost."""


class Lane:
    """A connection in autocommit, opened at first use and after a loss. One user at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._plans: dict[str, str] = {}

    async def query(
        self, sql: str, arguments: Sequence[object], *, planned: bool = True
    ) -> list[tuple[Any, ...]]:
        """Runs one statement, whose plan the connection keeps, and returns its rows.

        Not `planned`: several statements in one transaction; the last one's rows.

        Raises StoreUnavailable when the server is lost, refuses for now or does not answer in 30 s:
        the outcome is then unknown and the connection is gone. Other errors are psycopg2's.
        """
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                cursor = await self._cursor()
                if planned:
                    sql = self._plans.get(sql) or await self._plan(cursor, sql, len(arguments))
                cursor.execute(sql, arguments)
                await _ready(cursor.connection)
                return cursor.fetchall()
        except psycopg2.errors.LockNotAvailable:
            raise  # an answer like any other
        except (psycopg2.OperationalError, psycopg2.InterfaceError, TimeoutError) as error:
            self.close()
            raise StoreUnavailable(str(error).strip()) from error
        except asyncio.CancelledError:
            self.close()  # an answer may still be under way: the connection cannot be used again
            raise

    def close(self) -> None:
        """Drops the connection; the next query opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _plan(self, cursor: Cursor, sql: str, arguments: int) -> str:
        # Parsing and planning a call of many arguments anew cost a fifth of a single append.
        name = f"plan_{len(self._plans)}"
        places = [f"${nth}" for nth in range(1, arguments + 1)]
        cursor.execute(f"PREPARE {name} AS {sql % tuple(places)}")
        await _ready(cursor.connection)
        self._plans[sql] = f"EXECUTE {name} ({', '.join(['%s'] * arguments)})"
        return self._plans[sql]

    async def _cursor(self) -> Cursor:
        if self._connection is None or self._connection.closed:
            self._plans.clear()
            self._connection = self._database.connect(nonblocking=True)
            await _ready(self._connection)
        return self._connection.cursor()


async def _ready(connection: Connection) -> None:
    """Polls until the connection has nothing under way."""
    loop = asyncio.get_running_loop()
    while (state := connection.poll()) != POLL_OK:
        socket = connection.fileno()
        turn: asyncio.Future[None] = loop.create_future()
        watch, forget = (
            (loop.add_reader, loop.remove_reader)
            if state == POLL_READ
            else (loop.add_writer, loop.remove_writer)
        )
        watch(socket, _wake, turn)
        try:
            await turn
        finally:
            forget(socket)


def _wake(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
