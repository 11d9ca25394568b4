"""The stage of the demo: a fresh simulation, every process running, accounts to look around."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.access.identity import Subject, issue_token, signing_key
from libs.events.postgres.simulation import ClockState, make_simulation
from redress.home import Home
from redress.local.background import Background
from redress.local.database import migrated_database

ACCOUNTS_FILE = "demo-accounts.json"
_ACCOUNT_LIFETIME = timedelta(days=7)
_ACCOUNTS = (
    ("national.director", "director", "national"),
    ("national.centre", "centre", "national/centre"),
    ("henan.centre", "centre", "henan/centre"),
    ("henan.network.handler", "handler", "henan/network"),
    ("regulator.officer", "regulator", "regulator"),
)


class Stage(Background):
    """Everything the demo needs, started on entering and gone on leaving; the data stay."""

    def __init__(self, home: Home, *, speed: float, base_port: int, full: bool = False) -> None:
        super().__init__(home, base_port=base_port, full=full)
        self._speed = speed

    def prepare(self) -> tuple[ClockState, Ed25519PrivateKey]:
        """Makes an empty simulation in place of the demo before, with accounts to look around."""
        if self._home.outside_url is None:
            self._home.server.stop()
            self._home.kafka.stop()
            shutil.rmtree(self._home.folder, ignore_errors=True)
        url, _ = migrated_database(self._home)
        clock = make_simulation(url, speed=self._speed)
        key = signing_key(self._home.keys, lambda _path: None)
        write_accounts(self._home, key)
        return clock, key


def write_accounts(home: Home, key: Ed25519PrivateKey) -> None:
    """Leave the accounts where the console's sign-in page looks for them."""
    home.run.mkdir(parents=True, exist_ok=True)
    (home.run / ACCOUNTS_FILE).write_text(json.dumps(_accounts(key), indent=1))


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
