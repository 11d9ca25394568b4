"""The threads of the process: started together, watched, stopped together."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

Work = Callable[[threading.Event], None]
STOP_S = 8.0


class Threads:
    """Runs each piece of work in a thread of its own until `stop`.

    Work that ends by an error is not started again: the process is not ready any more, says so, and
    whoever supervises it starts it anew.
    """

    def __init__(self, works: dict[str, Work]) -> None:
        self._stop = threading.Event()
        self._failed: set[str] = set()
        self._threads = [
            threading.Thread(target=self._run, args=(name, work), name=name, daemon=True)
            for name, work in works.items()
        ]

    def start(self) -> None:
        """Start all of them."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask all to stop and wait for them, at most `STOP_S` seconds in all.

        Nothing is lost where one takes longer: what it has not committed has not happened.
        """
        self._stop.set()
        per_thread = STOP_S / max(1, len(self._threads))
        for thread in self._threads:
            thread.join(per_thread)

    @property
    def sound(self) -> bool:
        """Whether all are at work."""
        return not self._failed and all(thread.is_alive() for thread in self._threads)

    def _run(self, name: str, work: Work) -> None:
        try:
            work(self._stop)
        except Exception:
            self._failed.add(name)
            log.exception("thread_failed", thread_name=name)
