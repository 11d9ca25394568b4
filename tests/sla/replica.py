"""A watchdog in a process of its own, to be killed: `python -m tests.sla.replica DSN`."""

from __future__ import annotations

import sys
import threading

from libs.casework.registry import REGISTRY
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from services.sla.folding import CaseFolder
from services.sla.watchdog import Watchdog
from tests.sla.drill import REGULATIONS


def main() -> None:
    """Watch, when told, until killed; batches of two, so that a kill most likely hits a round."""
    database = Database(sys.argv[1], application_name="replica")
    store = EventStore(database, service="sla", registry=REGISTRY)
    watchdog = Watchdog(database, store, CaseFolder(store, REGULATIONS), batch=2)
    print("ready", flush=True)
    sys.stdin.readline()
    print("watching", flush=True)
    watchdog.run(threading.Event())


if __name__ == "__main__":
    main()
