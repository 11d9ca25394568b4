"""Wake-ups between processes: whoever waits for news need not wait until he looks again.

A signal says "look now" and carries nothing. It may be lost, come twice or come for nothing; who is
woken looks where he would have looked anyway, only sooner.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Literal, Self, get_args

import redis
import structlog

from libs import metrics

Name = Literal["appended", "feed", "facts", "clocks"]
"""Events stored; the feed grew; analytics' tables changed; the watchdog's rows changed."""

_PREFIX = "redress:"
_ANSWER_WITHIN_S = 1.0
_AGAIN_S = 2.0

_log = structlog.get_logger(__name__)


class Signals:
    """Sends and hears signals, from two threads of its own, while it is entered.

    `url` None: there is no Redis; nothing is sent, nothing comes, no thread runs. An error of Redis
    is counted and logged, never raised.
    """

    def __init__(self, url: str | None, *, service: str) -> None:
        self._errors = metrics.REDIS_ERRORS.labels(service)
        self._client = None if url is None else _client(url)
        self._wanted: dict[Name, set[Callable[[], None]]] = {name: set() for name in get_args(Name)}
        self._lock = threading.Lock()  # over _wanted and _due, which several threads touch
        self._due: set[Name] = set()
        self._has_due = threading.Event()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=work, name=f"redis-{work.__name__.strip('_')}", daemon=True)
            for work in (self._send, self._hear)
        ]

    def __enter__(self) -> Self:
        """Start sending and hearing; does not wait for Redis."""
        if self._client is not None:
            for thread in self._threads:
                thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; signals not yet sent are dropped."""
        self._stop.set()
        self._has_due.set()
        if self._client is not None:
            for thread in self._threads:
                thread.join(_ANSWER_WITHIN_S + _AGAIN_S)
            self._client.close()

    def ring(self, name: Name) -> None:
        """Send a signal soon; returns at once. Many in a moment are sent as one."""
        if self._client is not None:
            with self._lock:
                self._due.add(name)
            self._has_due.set()

    def bell(self, name: Name) -> Bell:
        """A bell that a thread can wait at, for as long as the process lives."""
        bell = Bell(there=self._client is not None)
        self.on(name, bell.rung.set)
        return bell

    def on(self, name: Name, tell: Callable[[], None]) -> None:
        """Call `tell` at every signal, from another thread, for as long as the process lives."""
        with self._lock:
            self._wanted[name].add(tell)

    @contextlib.contextmanager
    def heard(self, name: Name) -> Iterator[asyncio.Event]:
        """An event of the running loop that is set at every signal; the waiter clears it."""
        loop, event = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            # A loop that has just closed has nobody left who waits.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(event.set)

        with self._lock:
            self._wanted[name].add(tell)
        try:
            yield event
        finally:
            with self._lock:
                self._wanted[name].discard(tell)

    def _send(self) -> None:
        assert self._client is not None
        while not self._stop.is_set():
            self._has_due.wait()
            self._has_due.clear()
            with self._lock:
                due, self._due = self._due, set()
            try:
                for name in due:
                    self._client.publish(_PREFIX + name, "")
            except redis.RedisError as error:
                # Who should have been woken will look by himself.
                self._away(error)

    def _hear(self) -> None:
        assert self._client is not None
        while not self._stop.is_set():
            try:
                with self._client.pubsub(  # type: ignore[no-untyped-call]
                    ignore_subscribe_messages=True
                ) as subscription:
                    subscription.subscribe(*(_PREFIX + name for name in self._wanted))
                    for name in self._wanted:
                        self._wake(name)  # what was sent while nobody heard
                    while not self._stop.is_set():
                        message = subscription.get_message(timeout=0.2)
                        if message is not None:
                            self._wake(_name(message["channel"]))
            except redis.RedisError as error:
                self._away(error)

    def _wake(self, name: Name) -> None:
        with self._lock:
            listeners = tuple(self._wanted[name])
        for tell in listeners:
            tell()

    def _away(self, error: redis.RedisError) -> None:
        self._errors.inc()
        _log.warning("redis_away", error=type(error).__name__)
        self._stop.wait(_AGAIN_S)


class Bell:
    """Where one thread waits for a signal."""

    def __init__(self, *, there: bool) -> None:
        self.rung = threading.Event()
        self._there = there

    def wait(self, stop: threading.Event, seconds: float) -> None:
        """Wait for a signal, at most so long; without Redis, for `stop`.

        With Redis `stop` is seen only afterwards: `seconds` are to be short.
        """
        if self._there:
            self.rung.wait(seconds)
            self.rung.clear()
        else:
            stop.wait(seconds)


def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_timeout=_ANSWER_WITHIN_S,
        socket_connect_timeout=_ANSWER_WITHIN_S,
        health_check_interval=15,
    )


def _name(channel: bytes) -> Name:
    name = channel.decode().removeprefix(_PREFIX)
    return next(known for known in get_args(Name) if known == name)
