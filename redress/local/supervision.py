"""One process under supervision: started, watched, restarted with back-off, stopped.

Nothing here waits except `stopped`; the caller tends all its processes in turn.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 15.0
# A process that ran this long was sound; its next crash is a first one again.
_SOUND_S = 30.0


@dataclass(frozen=True)
class Service:
    """What to run: a Python module, the port it listens on, and its environment."""

    name: str
    module: str
    port: int
    environment: Mapping[str, str]

    @property
    def url(self) -> str:
        """Its address on this machine."""
        return f"http://127.0.0.1:{self.port}"


class SupervisedProcess:
    """A service's process; `tend` keeps it alive."""

    def __init__(self, service: Service, *, python: str, log: Path) -> None:
        self.service = service
        self.log = log
        self.crashes = 0
        self._command: Sequence[str] = (python, "-m", service.module)
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._due_at = 0.0
        self._was_ready = False

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process else None

    def tend(self) -> bool:
        """Start it when it is due, notice its death; True when either happened."""
        now = time.monotonic()
        if self._process is not None:
            if self._process.poll() is None:
                return False
            self._process = None
            self.crashes = 1 if now - self._started_at > _SOUND_S else self.crashes + 1
            self._due_at = now + min(_FIRST_PAUSE_S * 2 ** (self.crashes - 1), _LONGEST_PAUSE_S)
            return True
        if now < self._due_at:
            return False
        self._start(now)
        return True

    def ready(self) -> bool:
        """Whether it has answered /readyz with 200 since it was last started."""
        if self._process is not None and not self._was_ready:
            self._was_ready = answers(self.service.url)
        return self._was_ready

    def ask_to_stop(self) -> None:
        """Send SIGTERM: no new requests, those under way are finished."""
        if self._process is not None:
            self._process.terminate()

    def stopped(self, by: float) -> bool:
        """Wait for its end until the monotonic time `by`, then kill; False when it was killed."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(0.0, by - time.monotonic()))
        except subprocess.TimeoutExpired:
            # The whole group: a service may have worker processes of its own.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            return False
        return True

    def last_words(self) -> str:
        """The last line it logged."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1][-300:] if lines else "(it logged nothing)"

    def _start(self, now: float) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            # In a session of its own: Ctrl-C in a terminal reaches the supervisor alone, which
            # stops the processes in order.
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.service.environment),
                start_new_session=True,
            )
        self._started_at = now
        self._was_ready = False


def answers(url: str) -> bool:
    """Whether the service at this address says that it can do its work."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=2)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    return False


def end_leftover(pid: int, module: str) -> None:
    """End a process that a killed supervisor left behind, if that number is still its own."""
    with contextlib.suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if command[1:3] == [b"-m", module.encode()]:
            os.killpg(pid, signal.SIGKILL)
