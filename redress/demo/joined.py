"""The stage of a demo in an installation that runs already: nothing is started, nothing ended."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.access.identity import signing_key
from libs.events.postgres.simulation import ClockState, Simulation
from redress.demo.stage import write_accounts
from redress.failures import CommandError
from redress.home import Home
from redress.local.supervision import answers

_NEEDED = ("intake", "dispatch", "sla", "analytics", "console")
_WAIT_S = 120.0


class JoinedStage:
    """Services whose addresses the environment names (REDRESS_INTAKE_URL, ...), on a simulation."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.addresses: Mapping[str, str] = {}

    def prepare(self) -> tuple[ClockState, Ed25519PrivateKey]:
        """Leaves accounts to look around; refuses a store that holds real complaints."""
        with Simulation(self._home.owner_url()) as simulation:
            clock = simulation.state()
        if not clock.simulation:
            raise CommandError(
                "this store is real; `redress migrate --simulation 600` makes an empty one a demo's"
            )
        key = signing_key(self._home.keys, lambda _path: None)
        write_accounts(self._home, key)
        return clock, key

    def start(self, *, while_waiting: Callable[[], None]) -> None:
        """Waits until all services answer, two minutes at most."""
        named = {name: os.environ.get(f"REDRESS_{name.upper()}_URL", "") for name in _NEEDED}
        unknown = [name for name, url in named.items() if not url]
        if unknown:
            raise CommandError(f"no address of {', '.join(unknown)} in REDRESS_*_URL")
        by = time.monotonic() + _WAIT_S
        while silent := [name for name, url in named.items() if not answers(url)]:
            if time.monotonic() > by:
                raise CommandError(f"not ready: {', '.join(silent)}", exit_code=3)
            while_waiting()
            time.sleep(0.2)
        self.addresses = named

    def check(self) -> None:
        """Whoever runs the services looks after them."""

    def close(self) -> None:
        """They go on."""
