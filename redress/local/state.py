"""What runs on this machine, for whoever wants to ask or to stop it: `services.json` and a lock."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

import msgspec

from redress.home import Home


class RunningService(msgspec.Struct, frozen=True, kw_only=True):
    """One process: its address, its process id (None between crash and restart), its log."""

    url: str
    pid: int | None
    module: str
    log: str


class RunningState(msgspec.Struct, frozen=True, kw_only=True):
    """The supervisor's process id and every service by name; `ready` once all have been."""

    pid: int
    ready: bool
    services: dict[str, RunningService]

    def write(self, home: Home) -> None:
        """Replace the file as a whole, so that a reader never sees half of it."""
        path = _path(home)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.format(msgspec.json.encode(self)))
        fresh.rename(path)

    @classmethod
    def read(cls, home: Home) -> RunningState | None:
        """What the file says; None when there is none, because nothing runs."""
        try:
            return msgspec.json.decode(_path(home).read_bytes(), type=cls)
        except FileNotFoundError:
            return None

    @staticmethod
    def remove(home: Home) -> None:
        """Say that nothing runs any more; repeatable."""
        _path(home).unlink(missing_ok=True)


@contextlib.contextmanager
def only_supervisor(home: Home) -> Iterator[bool]:
    """Be the one supervisor of this folder until the end of the block; False: there is another.

    The lock is the system's and ends with the process that holds it, however that ends; a process
    id in a file would not.
    """
    home.run.mkdir(parents=True, exist_ok=True)
    with (home.run / "up.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _path(home: Home) -> Path:
    return home.run / "services.json"
