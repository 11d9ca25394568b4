"""A real Redis: Debian's server, else the one of the wheel; each test its own, to be killed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from redress.local.wakeups import redis_program
from tests.services.test_process import free_port


def program() -> str:
    """A Redis server's program; the wheel always has one."""
    found = redis_program()
    assert found is not None
    return found


class Server:
    """A server of this module's own that can be killed and started again on its port."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.client = redis.Redis.from_url(self.url)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [program(), "--port", str(self._port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--dir", str(self._folder)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while True:
            try:
                self.client.ping()
            except redis.RedisError:
                assert self._process.poll() is None
                time.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
        self.client.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A running server; ended with the test."""
    running = Server(tmp_path)
    running.start()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def regulations_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The services' own small procedure, with the shipped calendars."""
    folder = tmp_path_factory.mktemp("procedures")
    shutil.copy("tests/services/small.yaml", folder)
    shutil.copytree("procedures/calendars", folder / "calendars")
    return folder
