"""The whole product on this machine: database, relay and services, kept alive until told to stop.

`var/run/services.json` says where everything is while it runs. Each process gets the address of the
database under its own role, with a password made anew at every start and known to nobody else.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext

from libs.events.postgres.logins import give_logins
from redress.home import Home
from redress.local.database import migrated_database
from redress.local.full import FullParts, full_parts
from redress.local.postgres import PostgresError
from redress.local.state import RunningService, RunningState, only_supervisor
from redress.local.supervision import Service, SupervisedProcess, end_leftover

BASE_PORT = 8600
PREFIX = "REDRESS_"
# In the order of their ports from the base; the relay is asked nothing but its health.
MODULES = {
    "console": "services.console.main",
    "intake": "services.intake.main",
    "dispatch": "services.dispatch.main",
    "sla": "services.sla.main",
    "analytics": "services.analytics.main",
    "relay": "libs.events.relay",
}
# The pages ask the services; they get no way into the database.
ASKS_NO_DATABASE = frozenset({"console"})

_POLL_S = 0.1
# The services take at most 9 s themselves; all must be over in 10 with the database.
_STOP_S = 9.0
_HOPELESS_AFTER_CRASHES = 3


class ProcessesError(Exception):
    """The processes cannot run; the text says which and why."""


def services_of(
    home: Home, owner_url: str, base_port: int, more: Mapping[str, str] | None = None
) -> list[Service]:
    """Every process with its port (a free one where the wanted one is taken) and environment.

    `more` are settings for all of them.
    """
    logins = give_logins(owner_url, lambda _role: secrets.token_urlsafe(24))
    ports = _free_ports(base_port)
    shared = {
        **_inherited(home),
        **(more or {}),
        "REDRESS_PROCEDURES": str(home.procedures),
        **{f"REDRESS_{name.upper()}_URL": f"http://127.0.0.1:{ports[name]}" for name in ports},
        "REDRESS_HOME": str(home.folder),
        "REDRESS_KEYS": str(home.keys),
    }
    # An outside server's address is the owner's: no process may inherit it.
    shared.pop("REDRESS_DATABASE_URL", None)
    return [
        Service(
            name=name,
            module=module,
            port=ports[name],
            environment={
                **shared,
                "REDRESS_PORT": str(ports[name]),
                **({} if name in ASKS_NO_DATABASE else {"REDRESS_DATABASE_URL": logins[name]}),
            },
        )
        for name, module in MODULES.items()
    ]


def _inherited(home: Home) -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not (home.alone and name.startswith(PREFIX))
    }


def run_everything(
    home: Home,
    *,
    stop: threading.Event,
    on_ready: Callable[[Mapping[str, str]], None],
    base_port: int = BASE_PORT,
    full: bool = False,
) -> None:
    """Start the database and all processes, keep them alive, and stop them all after `stop`.

    `on_ready` gets each service's address once all are ready. Raises ProcessesError when one does
    not come up at all, or when this folder's processes run already. `full`: with Kafka.
    """
    with only_supervisor(home) as alone:
        if not alone:
            raise ProcessesError(
                f"the processes of {home.folder} run already; `redress down` stops them"
            )
        _end_leftovers(home)
        owner_url, _ = migrated_database(home)
        try:
            with full_parts(home) if full else nullcontext(FullParts({})) as parts:
                services = services_of(home, owner_url, base_port, parts.environment)
                Processes(home, services, tend=parts.tend).run(stop, on_ready)
        finally:
            if home.outside_url is None:
                home.server.stop()


class Processes:
    """A set of services and, unless it is an outside one, their database."""

    def __init__(
        self,
        home: Home,
        services: Sequence[Service],
        *,
        tend: Sequence[Callable[[], None]] = (),
        stop_s: float = _STOP_S,
    ) -> None:
        self._home, self._tend = home, tend
        self._stop_s = stop_s
        self._processes = [
            SupervisedProcess(each, python=sys.executable, log=home.log / f"{each.name}.log")
            for each in services
        ]
        running = None if home.outside_url else home.server.status()
        self._database_port = running.port if running else None

    def run(self, stop: threading.Event, on_ready: Callable[[Mapping[str, str]], None]) -> None:
        """Keep everything alive until `stop` is set; nothing is left running afterwards."""
        told = False
        try:
            while not stop.is_set():
                self._tend_database()
                for tend in self._tend:
                    tend()
                # A list, not a generator: every one of them has its turn.
                changed = any([process.tend() for process in self._processes])  # noqa: C419
                if not told and self._all_ready():
                    told = changed = True
                    on_ready({each.service.name: each.service.url for each in self._processes})
                if changed:
                    self._write_state(ready=told)
                stop.wait(_POLL_S)
        finally:
            self._stop()

    def _all_ready(self) -> bool:
        for process in self._processes:
            if process.crashes >= _HOPELESS_AFTER_CRASHES:
                raise ProcessesError(
                    f"{process.service.name} does not start: {process.last_words()} "
                    f"(log: {process.log})"
                )
        return all([process.ready() for process in self._processes])  # noqa: C419

    def _tend_database(self) -> None:
        if self._database_port is None or self._home.server.status() is not None:
            return
        # The same port again, because every process holds the address; a failure is tried again
        # at the next turn, and the server's own log tells what happened.
        with contextlib.suppress(PostgresError):
            self._home.server.start(self._database_port)

    def _write_state(self, *, ready: bool) -> None:
        services = {
            each.service.name: RunningService(
                url=each.service.url,
                pid=each.pid,
                module=each.service.module,
                log=str(each.log),
            )
            for each in self._processes
        }
        RunningState(pid=os.getpid(), ready=ready, services=services).write(self._home)

    def _stop(self) -> None:
        by = time.monotonic() + self._stop_s
        for process in self._processes:
            process.ask_to_stop()
        for process in self._processes:
            process.stopped(by)
        RunningState.remove(self._home)


def _end_leftovers(home: Home) -> None:
    state = RunningState.read(home)
    for service in state.services.values() if state else ():
        if service.pid is not None:
            end_leftover(service.pid, service.module)
    RunningState.remove(home)


def _free_ports(base_port: int) -> dict[str, int]:
    """A port for each process: counted from the base where free, else any; base 0 takes any."""
    with contextlib.ExitStack() as held:
        # All are held until the last is found, so that none is given twice.
        probes = {
            name: held.enter_context(_probe(base_port and base_port + i))
            for i, name in enumerate(MODULES)
        }
        return {name: int(probe.getsockname()[1]) for name, probe in probes.items()}


def _probe(wanted: int) -> socket.socket:
    for port in (wanted, 0):
        probe = socket.socket()
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.close()
        else:
            return probe
    raise ProcessesError("no free port on 127.0.0.1")
