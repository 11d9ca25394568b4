"""The watchdog: claims rungs whose time has come and records each once for ever.

One round is one transaction: claim rows, read their streams from the store, judge each rung on the
case as it stands, append at exactly the version judged, record the rung, move the row on. Rows in
another replica's hands are passed over, so replicas share the work; a replica that dies gives its
rows back with its connection. Whatever is not certain (somebody else wrote to the stream) is left
for the next round, which judges anew. While nothing is due, what comes up next is judged ahead; it
counts only if the stream has not moved since.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, get_args

import structlog

from libs.events.postgres.clockwatch import Alarm
from libs.events.postgres.database import Cursor, Database
from libs.events.postgres.faults import is_transient, reason_of
from libs.events.postgres.store import EventStore
from libs.metrics import WATCHDOG_LATENESS, WATCHDOG_RUNGS, children
from libs.procedures.clocks.runs import RungKind
from services.sla.folding import CaseFolder
from services.sla.preparing import Preparer, read_firing
from services.sla.rounds import Claimed, Fired, Round
from services.sla.runs import ClockRow, columns
from services.sla.sql import SQL

log = structlog.get_logger(__name__)

# Large enough to spread the price of a commit, small enough to hold a stream for a moment only.
BATCH = 500
IDLE_S = 0.2
RUNG_KINDS = get_args(RungKind)
TROUBLE_S = 2.0


class Watchdog:
    """One worker; any number may run, in one process or many.

    `on_recorded` is called when rungs were recorded.
    """

    def __init__(
        self,
        database: Database,
        store: EventStore,
        folder: CaseFolder,
        *,
        batch: int = BATCH,
        alarm: Alarm | None = None,
        on_recorded: Callable[[], None] | None = None,
    ) -> None:
        """`alarm` wakes it before its time, when the clock of a simulation was set."""
        self._database, self._store, self._folder = database, store, folder
        self._batch, self._alarm, self._on_recorded = batch, alarm or Alarm(), on_recorded
        self._preparer = Preparer(database, folder)
        children(WATCHDOG_LATENESS, RUNG_KINDS)
        children(WATCHDOG_RUNGS, Round().counts)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a database that does not answer is asked again.

        Rows parked by an earlier process get another chance first: it may have been at fault.
        """
        unparked = False
        while not stop.is_set():
            rung = self._alarm.rung
            try:
                if not unparked:
                    self.unpark()
                    unparked = True
                wait_s = 0.0 if self.step() or self._preparer.step() else IDLE_S
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("watchdog_waits", error=type(error).__name__)
                wait_s = TROUBLE_S
            if wait_s:
                self._alarm.rest(rung, wait_s)

    def unpark(self) -> None:
        """Let every parked row be judged again."""
        with self._database.transaction() as cursor:
            cursor.execute(SQL["unpark_clocks"])

    def step(self) -> int:
        """One round over what is due now, oldest first; give how many rows were dealt with.

        0: nothing is due, or all of it is in other hands. Raises what the database raises; then
        nothing of the round has happened.
        """
        with self._database.transaction() as cursor:
            claimed = self._claim(cursor)
            rounds = self._play(cursor, claimed) if claimed else []
        for done in rounds:
            _observe(done)
        if self._on_recorded is not None and any(done.fired for done in rounds):
            self._on_recorded()
        return sum(done.dealt_with for done in rounds)

    def _claim(self, cursor: Cursor) -> list[Claimed]:
        values = {"limit": self._batch, "calendar": self._folder.regulations.calendar.version}
        cursor.execute(SQL["claim_due"], values)
        return [
            Claimed(ClockRow(*row), claimed_at, on_record, read_firing(prepared))
            for claimed_at, prepared, on_record, *row in cursor.fetchall()
        ]

    def _play(self, cursor: Cursor, claimed: list[Claimed]) -> list[Round]:
        """Play a round; if it fails for good, play its rows one by one and park the culprit."""
        cursor.execute("SAVEPOINT round")
        try:
            done = self._played(cursor, claimed)
        except Exception as error:
            if is_transient(error):
                raise
            cursor.execute("ROLLBACK TO SAVEPOINT round")
            if len(claimed) == 1:
                done = Round()
                done.parked.append((claimed[0].row, reason_of(error)))
                _write(cursor, done)
                return [done]
            return [done for one in claimed for done in self._play(cursor, [one])]
        cursor.execute("RELEASE SAVEPOINT round")
        return [done]

    def _played(self, cursor: Cursor, claimed: list[Claimed]) -> Round:
        unjudged = {one.row.complaint for one in claimed if one.firing is None}
        cases = self._folder.current(cursor, unjudged) if unjudged else {}
        done = Round()
        done.take(claimed, cases)
        done.settle(self._store.append_all_in(cursor, done.appends))
        _write(cursor, done)
        return done


def _write(cursor: Cursor, done: Round) -> None:
    """The rows of a round, in the transaction of its events."""
    if done.fired:
        cursor.execute(SQL["record_rungs"], _fired_columns(done.fired))
    if done.moved:
        cursor.execute(SQL["move_clocks"], columns(done.moved))
    if done.ended:
        cursor.execute(SQL["end_clocks"], columns(done.ended))
    if done.parked:
        values = columns(row for row, _ in done.parked)
        cursor.execute(SQL["park_clocks"], {**values, "reasons": [why for _, why in done.parked]})


def _fired_columns(fired: list[Fired]) -> dict[str, list[Any]]:
    return {
        **columns(each.row for each in fired),
        "versions": [each.version for each in fired],
        "detected": [each.recorded_at for each in fired],
    }


def _observe(done: Round) -> None:
    for row, _, recorded_at in done.fired:
        lateness = (recorded_at - row.rung_at).total_seconds()
        WATCHDOG_LATENESS.labels(row.kind).observe(lateness)
    for row, reason in done.parked:
        log.error("rung_parked", complaint=row.complaint, clock=row.clock, reason=reason)
    for outcome, count in done.counts.items():
        WATCHDOG_RUNGS.labels(outcome=outcome).inc(count)
