"""Which running complaints a calendar would touch, decided as the watchdog decides it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from libs.casework.folding import KnownCase
from libs.casework.regulations import Regulations
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from services.sla.folding import CaseFolder
from services.sla.repinning import repin_of

_PROVISIONAL = (Path(__file__).parent / "sql" / "provisional.sql").read_text(encoding="utf-8")
_PAGE = 200


def touched_by(
    database: Database, store: EventStore, regulations: Regulations
) -> Iterator[KnownCase]:
    """Complaints that would get an event if the calendar of `regulations` came in force now.

    Reads the streams of complaints with a provisional due time; writes nothing.
    """
    folder = CaseFolder(store, regulations, capacity=_PAGE)
    with database.transaction() as cursor:
        cursor.execute(_PROVISIONAL)
        complaints = [complaint for (complaint,) in cursor.fetchall()]
        cursor.execute("SELECT events.now()")
        row = cursor.fetchone()
        assert row is not None
        for start in range(0, len(complaints), _PAGE):
            for case in folder.current(cursor, complaints[start : start + _PAGE]).values():
                if isinstance(case, KnownCase) and repin_of(case, regulations, row[0]) is not None:
                    yield case
