"""The server process of a data folder: found by its pid file, and what it leaves when killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Running:
    """A server that accepts connections on 127.0.0.1."""

    pid: int
    port: int


class Postmaster:
    """PostgreSQL's own pid file in `data`, read with suspicion."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._file = data / "postmaster.pid"

    def pid(self) -> int | None:
        """The number in the pid file, if that process really is the server of this folder."""
        lines = self._lines()
        if not lines or not lines[0].strip().isdigit():
            return None
        pid = int(lines[0])
        return pid if self._serves(pid) else None

    def ready(self) -> Running | None:
        """What the pid file says of a server that accepts connections."""
        # Lines: process id, data folder, start time, port, socket folder, address, memory, state.
        lines = self._lines()
        if lines[7:8] and lines[7].strip() == "ready":
            return Running(pid=int(lines[0]), port=int(lines[3]))
        return None

    def make_way(self) -> None:
        """Remove what a killed server left in the way of the next one; a living one is let be."""
        # The number in the lock files may by now belong to another process, or to a child of ours
        # nobody has reaped, and the server would refuse to start. It ignores its parent's number,
        # so we write ours; deleting the file instead would switch off its check for surviving
        # children (the shared memory line). The socket's lock guards nothing more.
        lines = self._lines()
        if not lines or self.pid() is not None:
            return
        reap(int(lines[0]))
        self._end_orphans()
        self._file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        for socket_file in self._data.glob(".s.PGSQL.*"):
            socket_file.unlink()

    def _lines(self) -> list[str]:
        try:
            return self._file.read_text().splitlines()
        except FileNotFoundError:
            return []

    def _serves(self, pid: int) -> bool:
        process = _PROC / str(pid)
        if (_PROC / "self").exists():
            with contextlib.suppress(OSError):
                program = (process / "cmdline").read_bytes().split(b"\0")[0]
                # The server works in its data folder, by whatever path it was started.
                return program.endswith(b"postgres") and self._works_here(process)
            return False
        listing = subprocess.run(
            ["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
        )
        return str(self._data) in listing.stdout

    def _end_orphans(self) -> None:
        # Children of a killed server leave when they next wait for something; one in the middle of
        # a long computation would keep the new server out for as long as that takes. Nothing they
        # could still do counts: the new server recovers from its log. Without /proc we wait.
        for process in _PROC.glob("[0-9]*"):
            with contextlib.suppress(OSError):
                named = (process / "cmdline").read_bytes().startswith(b"postgres: ")
                if named and self._works_here(process):
                    os.kill(int(process.name), signal.SIGKILL)

    def _works_here(self, process: Path) -> bool:
        return (process / "cwd").readlink() == self._data.resolve()


def reap(pid: int) -> None:
    """Take note of a child's end, so that it is no zombie; other processes are not waited for."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
