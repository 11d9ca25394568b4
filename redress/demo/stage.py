"""The stage of the demo: a fresh simulation, every process running, accounts to look around."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.access.identity import Subject, issue_token, signing_key
from libs.events.postgres.simulation import ClockState, make_simulation
from redress.failures import CommandError
from redress.home import Home
from redress.local.database import migrated_database
from redress.local.processes import run_everything

ACCOUNTS_FILE = "demo-accounts.json"
_ACCOUNT_LIFETIME = timedelta(days=7)
_ACCOUNTS = (
    ("national.director", "director", "national"),
    ("national.centre", "centre", "national/centre"),
    ("henan.centre", "centre", "henan/centre"),
    ("henan.network.handler", "handler", "henan/network"),
    ("regulator.officer", "regulator", "regulator"),
)


class Stage:
    """Everything the demo needs, started on entering and gone on leaving; the data stay."""

    def __init__(self, home: Home, *, speed: float, base_port: int, full: bool = False) -> None:
        self._home, self._speed, self._base_port = home, speed, base_port
        self._full = full
        self._stop, self._ready = threading.Event(), threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="processes")
        self.addresses: Mapping[str, str] = {}

    def prepare(self) -> tuple[ClockState, Ed25519PrivateKey]:
        """Makes an empty simulation in place of the demo before, with accounts to look around."""
        if self._home.outside_url is None:
            self._home.server.stop()
            self._home.kafka.stop()
            shutil.rmtree(self._home.folder, ignore_errors=True)
        url, _ = migrated_database(self._home)
        clock = make_simulation(url, speed=self._speed)
        key = signing_key(self._home.keys, lambda _path: None)
        self._home.run.mkdir(parents=True, exist_ok=True)
        (self._home.run / ACCOUNTS_FILE).write_text(json.dumps(_accounts(key), indent=1))
        return clock, key

    def start(self, *, while_waiting: Callable[[], None]) -> None:
        """Starts the processes and waits until all are ready. Raises what kept them from it."""
        self._thread.start()
        while not self._ready.wait(0.1):
            while_waiting()
            self.check()

    def check(self) -> None:
        """Raises what ended the processes, if they have ended."""
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Stops every process and the database; nothing is left running."""
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
                self._failure = CommandError("the processes ended by themselves")

    def _open(self, addresses: Mapping[str, str]) -> None:
        self.addresses = addresses
        self._ready.set()


def _accounts(key: Ed25519PrivateKey) -> list[dict[str, str]]:
    return [
        {
            "staff": staff,
            "role": role,
            "unit": unit,
            "token": issue_token(
                key, Subject(staff=staff, role=role, unit=unit), _ACCOUNT_LIFETIME
            ),
        }
        for staff, role, unit in _ACCOUNTS
    ]
