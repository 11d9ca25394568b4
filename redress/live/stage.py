"""Where cases are played live: a simulation made for it, or one that runs already."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.access.identity import signing_key
from libs.events.postgres.databases import forgo_durability
from libs.events.postgres.simulation import Simulation
from redress.home import Home
from redress.live.errors import LiveError
from redress.local.background import Background
from redress.local.database import migrated_database
from redress.local.state import RunningState


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A running simulation: its clock, its services' addresses, the key that signs tokens."""

    simulation: Simulation
    addresses: Mapping[str, str]
    key: Ed25519PrivateKey


@contextlib.contextmanager
def own_stage(procedures: Path, *, while_waiting: Callable[[], None]) -> Iterator[Stage]:
    """A simulation of its own in a temporary folder, on free ports, by these procedures.

    It talks to nobody outside, whatever brokers or webhooks the environment names. Nothing of it is
    left at the end: no process and no file.
    """
    folder = Path(tempfile.mkdtemp(prefix="redress-live-"))
    home = Home(folder=folder, outside_url=None, own_procedures=procedures, alone=True)
    processes = Background(home, base_port=0)
    try:
        url, _ = migrated_database(home)
        forgo_durability(url)
        with Simulation(url) as simulation:
            simulation.declare(speed=0)
            processes.start(while_waiting=while_waiting)
            yield Stage(
                simulation=simulation,
                addresses=processes.addresses,
                key=signing_key(home.keys, lambda _path: None),
            )
    finally:
        processes.close()
        shutil.rmtree(folder)


@contextlib.contextmanager
def running_stage(home: Home) -> Iterator[Stage]:
    """The simulation that runs in `home`. Raises LiveError where none does, or it is a real store.

    Whatever it holds is emptied with every case.
    """
    state = RunningState.read(home)
    if state is None or not state.ready:
        raise LiveError(f"nothing runs in {home.folder}; `redress up` starts it")
    with Simulation(home.owner_url()) as simulation:
        if not simulation.state().simulation:
            raise LiveError("that store is real: cases are played live in simulations only")
        yield Stage(
            simulation=simulation,
            addresses={name: each.url for name, each in state.services.items()},
            key=signing_key(home.keys, lambda _path: None),
        )
