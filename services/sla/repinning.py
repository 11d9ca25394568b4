"""A calendar newly in force: each running complaint it touches gets one event, the others none.

Rows with a provisional due time say which calendar they were looked at under; those that name
another one than that in force are folded from the store and decided again. A complaint whose stream
pins the new calendar already has nothing more to get, so a repeat, a second replica or a process
killed in between changes nothing: the append is made at exactly the version judged, under a command
id of the complaint and the calendar.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from datetime import datetime

import structlog

from libs.casework.bodies import sealed_body
from libs.casework.folding import SYSTEM, KnownCase
from libs.casework.regulations import Regulations
from libs.complaints.commands import ProposedEvent
from libs.complaints.repinning import decide_repin
from libs.events.envelope import Actor, Append, Appended, NewEvent
from libs.events.errors import OutsideValidity, StreamBusy, StreamError, VersionConflict
from libs.events.postgres.database import Cursor, Database
from libs.events.postgres.faults import is_transient
from libs.events.postgres.store import EventStore
from services.sla.folding import CaseFolder, Unfolded
from services.sla.recording import SERVICE
from services.sla.runs import ClockRow, columns
from services.sla.sql import SQL

log = structlog.get_logger(__name__)

# Small: a claimed row is passed over by the watchdog while its complaint is folded.
BATCH = 100
IDLE_S = 1.0
TROUBLE_S = 2.0
_LATER = (VersionConflict, StreamBusy, OutsideValidity)


class Repinner:
    """One worker; any number may run, in one process or many."""

    def __init__(
        self,
        database: Database,
        store: EventStore,
        folder: CaseFolder,
        *,
        batch: int = BATCH,
    ) -> None:
        self._database, self._store, self._folder = database, store, folder
        self._batch = batch

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a database that does not answer is asked again."""
        while not stop.is_set():
            try:
                wait_s = 0.0 if self.step() else IDLE_S
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("repinner_waits", error=type(error).__name__)
                wait_s = TROUBLE_S
            stop.wait(wait_s)

    def step(self) -> int:
        """Look at a batch of rows under the calendar in force; give how many were settled.

        0: none is left, or all of them are in other hands. One transaction: events and rows
        together, or neither.
        """
        calendar = self._folder.regulations.calendar
        with self._database.transaction() as cursor:
            cursor.execute(
                SQL["claim_unsettled"], {"calendar": calendar.version, "limit": self._batch}
            )
            rows = [ClockRow(*row) for row in cursor.fetchall()]
            if not rows:
                return 0
            waiting = self._repin(cursor, rows)
            settled = [row for row in rows if row.complaint not in waiting]
            cursor.execute(
                SQL["settle_clocks"],
                {**columns(settled), "calendar": calendar.version},
            )
        return len(settled)

    def _repin(self, cursor: Cursor, rows: Sequence[ClockRow]) -> set[str]:
        """Append what is to be said; give the complaints that somebody else was writing to.

        A complaint that cannot be folded is the watchdog's to set aside.
        """
        cursor.execute(SQL["now"])
        now = cursor.fetchone()[0]  # type: ignore[index]
        cases = self._folder.current(cursor, {row.complaint for row in rows})
        appends = {
            complaint: append
            for complaint, case in cases.items()
            if not isinstance(case, Unfolded)
            and (append := repin_of(case, self._folder.regulations, now)) is not None
        }
        outcomes = self._store.append_all_in(cursor, list(appends.values()))
        waiting = set()
        for complaint, outcome in zip(appends, outcomes, strict=True):
            match outcome:
                case Appended():
                    log.info("calendar_repinned", complaint=complaint)
                case StreamError() if isinstance(outcome, _LATER):
                    waiting.add(complaint)
                case _:
                    log.error("repin_refused", complaint=complaint, reason=type(outcome).__name__)
        return waiting


def repin_of(case: KnownCase, regulations: Regulations, now: datetime) -> Append | None:
    """The append that takes a complaint over to the calendar in force; None where it touches none
    of its due times, or is another calendar altogether. Pure.
    """
    pinned, calendar = case.pinned, regulations.calendar
    if pinned.calendar_version == calendar.version or pinned.calendar.name != calendar.name:
        return None
    event = decide_repin(
        case.case,
        pinned.procedure,
        regulations.repinned(pinned, calendar.version).calendar,
        (pinned.calendar_version, calendar.version),
        now,
    )
    return None if event is None else _append(case, event, calendar.version)


def _append(case: KnownCase, event: ProposedEvent, calendar: str) -> Append:
    digest = hashlib.sha256(f"{case.stream}\x1f{calendar}".encode()).digest()
    return Append(
        stream=case.stream,
        expected_version=case.version,
        command_id=f"calendar-{digest[:16].hex()}",
        command_hash=digest,
        service=SERVICE,
        actor=Actor(staff=SYSTEM, role=SYSTEM, unit=case.registered_by),
        events=(
            NewEvent(
                type=event.type,
                schema=1,
                body=sealed_body(event, case.stream, case.version + 1, None),
            ),
        ),
    )
