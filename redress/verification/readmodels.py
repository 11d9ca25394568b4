"""The read models of every service, as they are built again for comparison."""

from __future__ import annotations

from pathlib import Path

from libs.access.keyring import KeyRing
from libs.access.searching import SearchKey
from libs.casework.casekeys import CaseKeys
from libs.casework.registry import REGISTRY
from libs.casework.regulations import Regulations
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from redress.verification.promises import ReadModel
from services.analytics.projection import CaseFacts
from services.dispatch.projection import WorkList
from services.intake.searching import SearchTokens
from services.sla.folding import CaseFolder
from services.sla.open_clocks import OpenClocks


def read_models(database: Database, regulations: Regulations, keys: Path) -> list[ReadModel]:
    """Work lists, search tokens, facts and open clocks; `keys`: the folder of the key files.

    Nothing is appended through the store used here.
    """
    store = EventStore(database, service="sla", registry=REGISTRY)
    case_keys = CaseKeys(database, KeyRing(keys, _unexpected))
    return [
        (WorkList(regulations, store.load_now), ()),
        (SearchTokens(case_keys, SearchKey(keys, _unexpected)), ()),
        (CaseFacts(store, regulations), ()),
        # These say when a row was looked at, and by which calendar; not what the row says.
        (OpenClocks(CaseFolder(store, regulations)), ("version", "prepared", "calendar")),
    ]


def _unexpected(path: Path) -> None:
    """A key file made here opens nothing: tokens will differ, and that is what is to be found."""
