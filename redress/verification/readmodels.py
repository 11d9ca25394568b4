"""The read models of every service, as they are built again for comparison."""

from __future__ import annotations

from libs.casework.registry import REGISTRY
from libs.casework.regulations import Regulations
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from redress.verification.promises import ReadModel
from services.analytics.projection import CaseFacts
from services.dispatch.projection import WorkList
from services.sla.folding import CaseFolder
from services.sla.open_clocks import OpenClocks


def read_models(database: Database, regulations: Regulations) -> list[ReadModel]:
    """Work lists, facts and open clocks; nothing is appended through the store used here."""
    store = EventStore(database, service="sla", registry=REGISTRY)
    return [
        (WorkList(regulations, store.load_now), ()),
        (CaseFacts(store, regulations), ()),
        # These say when a row was looked at, and by which calendar; not what the row says.
        (OpenClocks(CaseFolder(store, regulations)), ("version", "prepared", "calendar")),
    ]
