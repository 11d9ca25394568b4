"""The whole product running beside the caller: started, watched, stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from redress.home import Home
from redress.local.processes import ProcessesError, run_everything

_LOOK_EVERY_S = 0.1


class Background:
    """Every process of a home, supervised by a thread of the caller's. The data stay."""

    def __init__(self, home: Home, *, base_port: int, full: bool = False) -> None:
        """`full`: with Kafka."""
        self._home, self._base_port, self._full = home, base_port, full
        self._stop, self._ready = threading.Event(), threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="processes")
        self.addresses: Mapping[str, str] = {}

    def start(self, *, while_waiting: Callable[[], None]) -> None:
        """Start the processes and wait until all are ready. Raises what kept them from it."""
        self._thread.start()
        while not self._ready.wait(_LOOK_EVERY_S):
            while_waiting()
            self.check()

    def check(self) -> None:
        """Raise what ended the processes, if they have ended."""
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Stop every process and the embedded database; nothing is left running."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._home.outside_url is None:
            self._home.server.stop()

    def _run(self) -> None:
        try:
            run_everything(
                self._home,
                stop=self._stop,
                on_ready=self._open,
                base_port=self._base_port,
                full=self._full,
            )
        except Exception as error:  # noqa: BLE001 - told to the one who waits for the processes
            self._failure = error
        else:
            if not self._stop.is_set():
                self._failure = ProcessesError("the processes ended by themselves")

    def _open(self, addresses: Mapping[str, str]) -> None:
        self.addresses = addresses
        self._ready.set()
