"""Complaints of the procedure `drill`, on a simulated clock, for the watchdog's tests.

Limits: an answer within 100 hours (warned at 90), an order within 10 hours (warned at 5 and 9), and
5 days after the answer without a revisit the complaint is closed by the system.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from libs.casework.bodies import sealed_body
from libs.casework.folding import fold
from libs.casework.identifiers import new_complaint, stream_of
from libs.casework.registry import REGISTRY
from libs.casework.regulations import Regulations
from libs.complaints.commands import ProposedEvent
from libs.events.envelope import Actor, Append, NewEvent, StoredEvent
from libs.events.postgres.database import Database
from libs.events.postgres.projection import ProjectionRunner
from libs.events.postgres.sequencer import Sequencer
from libs.events.postgres.simulation import make_simulation, read_clock, step_to
from libs.events.postgres.store import EventStore
from services.sla.folding import CaseFolder
from services.sla.open_clocks import OpenClocks
from services.sla.watchdog import Watchdog

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
# A microsecond in eleven days: between its steps a test sees time stand still.
STILL = 1e-12
HOUR = timedelta(hours=1)
CENTRE = Actor(staff="zhang", role="centre", unit="henan/centre")
REGULATIONS = Regulations(Path(__file__).parent / "procedures")
CALENDAR = REGULATIONS.current("drill").calendar.version

OWNER = {"ComplaintRegistered": "intake", "ComplaintWithdrawn": "intake"}


class Drill:
    """A simulation with its store, the watchdog's projection, and complaints to play with."""

    def __init__(
        self, owner_dsn: str, dsn_of: Callable[[str], str], regulations: Regulations = REGULATIONS
    ) -> None:
        self._owner_dsn = owner_dsn
        self.regulations = regulations
        make_simulation(owner_dsn, starts_at=START, speed=STILL)
        self._databases = {
            service: Database(dsn_of(f"redress_{service}"), application_name="drill")
            for service in ("intake", "dispatch", "sla", "relay")
        }
        self._stores = {
            service: EventStore(self.database(service), service=service, registry=REGISTRY)
            for service in ("intake", "dispatch", "sla")
        }
        self.folder = self.new_folder()
        self._sequencer = Sequencer(self.database("relay"))
        self._projection = ProjectionRunner(self.database("sla"), OpenClocks(self.folder))

    def new_folder(self) -> CaseFolder:
        """One that remembers nothing yet, as a new replica's."""
        return CaseFolder(self._stores["sla"], self.regulations)

    def database(self, service: str) -> Database:
        """The database as this service sees it."""
        return self._databases[service]

    def store(self, service: str) -> EventStore:
        """The store as this service uses it."""
        return self._stores[service]

    def close(self) -> None:
        for database in self._databases.values():
            database.close()

    # Time

    @property
    def now(self) -> datetime:
        return read_clock(self._owner_dsn).now_at

    def at(self, instant: datetime) -> None:
        """Let time pass until `instant`; never back."""
        step_to(self._owner_dsn, instant)

    def after(self, hours: float) -> None:
        """Let time pass until so many hours after START."""
        self.at(START + hours * HOUR)

    # Complaints

    def register(
        self, happened_at: datetime | None = None, *, procedure: str = "drill", **data: Any
    ) -> str:
        complaint = new_complaint("s1")
        calendar = self.regulations.calendar.version
        pins = {
            "procedure": procedure, "procedure_version": "1", "calendar_version": calendar,
        }  # fmt: skip
        self.append(complaint, "ComplaintRegistered", happened_at=happened_at, **pins, **data)
        return complaint

    def append(
        self,
        complaint: str,
        event_type: str,
        *,
        order: str | None = None,
        to: tuple[str, ...] = (),
        happened_at: datetime | None = None,
        **data: Any,
    ) -> None:
        """Append an event as its owning service does, at the stream's present version."""
        service = OWNER.get(event_type, "dispatch")
        version = len(self.events(complaint))
        proposed = ProposedEvent(type=event_type, order=order, to=to, data=data)
        body = sealed_body(proposed, stream_of(complaint), version + 1, None)
        event = NewEvent(type=event_type, schema=1, body=body, happened_at=happened_at)
        self._stores[service].append_now(
            Append(
                stream=stream_of(complaint),
                expected_version=version,
                command_id=str(uuid.uuid4()),
                command_hash=bytes(32),
                service=service,
                actor=CENTRE,
                events=(event,),
                wrapped_key=bytes(40) if version == 0 else None,
            )
        )

    def answer(self, complaint: str) -> None:
        self.append(complaint, "CustomerAnswered")

    def issue(self, complaint: str, order: str = "A") -> None:
        self.append(complaint, "OrderIssued", order=order, to=("henan/network",))

    def feed_back(self, complaint: str, order: str = "A") -> None:
        self.append(complaint, "OrderFedBack", order=order, to=("henan/centre",))

    # The watchdog

    def project(self) -> None:
        """Bring the rows up to date with everything committed."""
        while self._sequencer.step(1000) or self._projection.step():
            pass

    def watchdog(self, *, batch: int = 100, folder: CaseFolder | None = None) -> Watchdog:
        store = self._stores["sla"]
        return Watchdog(self.database("sla"), store, folder or self.folder, batch=batch)

    def watch(self, watchdog: Watchdog | None = None) -> None:
        """Project, then let one watchdog work until it finds nothing more to do."""
        self.project()
        watchdog = watchdog or self.watchdog()
        while watchdog.step():
            pass

    # What is there

    def events(self, complaint: str) -> list[StoredEvent]:
        return list(self._stores["sla"].load_now(stream_of(complaint)))

    def types(self, complaint: str) -> list[str]:
        return [event.type for event in self.events(complaint)]

    def rows(self) -> list[tuple[Any, ...]]:
        """The rows of sla.open_clocks."""
        return self._read(
            "SELECT complaint, clock, order_id, run, due_at, rung, rung_at FROM sla.open_clocks"
            " WHERE parked IS NULL ORDER BY complaint, clock, order_id, run"
        )

    def parked(self) -> list[tuple[Any, ...]]:
        """Complaints with a row set aside, and why."""
        return self._read("SELECT complaint, parked FROM sla.open_clocks WHERE parked IS NOT NULL")

    def rungs(self) -> list[tuple[Any, ...]]:
        """The rungs on record: complaint, rung, when due, when detected; in order of recording."""
        return self._read(
            "SELECT complaint, rung, rung_at, detected_at FROM sla.rungs"
            " ORDER BY detected_at, rung_at"
        )

    def folded(self, complaint: str) -> Any:
        """The case by the pure functions alone."""
        known = fold(None, self.events(complaint), self.regulations)
        assert known is not None
        return known.case

    def _read(self, query: str) -> list[tuple[Any, ...]]:
        with self.database("sla").transaction() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())


@contextmanager
def drilling(
    owner_dsn: str, dsn_of: Callable[[str], str], regulations: Regulations = REGULATIONS
) -> Iterator[Drill]:
    """A drill on a fresh database; its connections are closed at the end."""
    drill = Drill(owner_dsn, dsn_of, regulations)
    try:
        yield drill
    finally:
        drill.close()
