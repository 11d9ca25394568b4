"""A store on a simulated clock, into which ledgers are brought, with all that follows the feed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from libs.access.keyring import KeyRing
from libs.casework.folding import KnownCase, fold
from libs.casework.opening import store_id_of
from libs.casework.pasts import PastCases
from libs.casework.registry import REGISTRY
from libs.casework.regulations import Regulations
from libs.events.envelope import StoredEvent
from libs.events.postgres.database import Database
from libs.events.postgres.projection import ProjectionRunner
from libs.events.postgres.sequencer import Sequencer
from libs.events.postgres.simulation import make_simulation, read_clock, step_to
from libs.events.postgres.staging import Published, find_published, numbers_taken
from libs.events.postgres.store import EventStore
from services.analytics.figures import Figures
from services.analytics.projection import CaseFacts
from services.intake.imports.bringing import Bringing, bring_in
from services.intake.imports.checking import Job, check
from services.intake.imports.columnmap import load_map
from services.intake.imports.ledger import fingerprint
from services.intake.imports.report import Report, Summary
from services.sla.folding import CaseFolder
from services.sla.notices import Notices
from services.sla.open_clocks import OpenClocks
from services.sla.watchdog import Watchdog
from tests.imports.ledgers import MAP

NOW = datetime(2026, 1, 12, 1, 0, tzinfo=UTC)
"""When the ledgers are brought in: 9 o'clock in Shanghai, a Monday."""
STILL = 1e-12
REGULATIONS = Regulations(Path(__file__).parents[2] / "procedures")
ROLES = ("relay", "import", "sla", "analytics")


class Desk:
    """Brings ledgers in and lets everything follow, step by step and without waiting."""

    def __init__(self, owner_dsn: str, dsn_of: Callable[[str], str], folder: Path) -> None:
        make_simulation(owner_dsn, starts_at=NOW, speed=STILL)
        self.owner_dsn, self.folder = owner_dsn, folder
        self.owner = Database(owner_dsn, application_name="desk-owner")
        self.roles = {
            role: Database(dsn_of(f"redress_{role}"), application_name="desk") for role in ROLES
        }
        self.keys = folder / "keys"
        watching = EventStore(self.roles["sla"], service="sla", registry=REGISTRY)
        reading = EventStore(self.roles["analytics"], service="analytics", registry=REGISTRY)
        cases = CaseFolder(watching, REGULATIONS)
        self._reading = reading
        self._sequencer = Sequencer(self.roles["relay"])
        self._watchdog = Watchdog(self.roles["sla"], watching, cases)
        self._projections = [
            ProjectionRunner(self.roles["sla"], OpenClocks(cases)),
            ProjectionRunner(self.roles["sla"], Notices(["log"])),
            ProjectionRunner(self.roles["analytics"], CaseFacts(reading, REGULATIONS)),
        ]
        self.figures = Figures(self.roles["analytics"], PastCases(reading, REGULATIONS))

    def close(self) -> None:
        for database in (self.owner, *self.roles.values()):
            database.close()

    # Bringing in

    def job(self, ledger: Path, column_map: str = MAP) -> Job:
        path = self.folder / "map.yaml"
        path.write_text(column_map, encoding="utf-8")
        plan, procedure = load_map(path, lambda id_: REGULATIONS.current(id_).procedure)
        return Job(
            path=ledger,
            fingerprint=fingerprint(ledger),
            plan=plan,
            pinned=REGULATIONS.current(procedure.id),
            numbered=REGULATIONS.procedures,
        )

    def check(self, job: Job) -> Summary:
        report = Report()
        check(job, self.now, report, partial(numbers_taken, self.roles["import"]), lambda _: None)
        return report.summary()

    def bring_in(self, job: Job, rows: int, tell: Callable[[int], None] = id) -> Published:
        database = self.roles["import"]
        tools = Bringing(
            database=database,
            ring=KeyRing(self.keys, lambda _: None),
            store_id=store_id_of(database),
            staff="s-importer",
        )
        return bring_in(job, tools, rows, tell)

    def imported(self, ledger: Path) -> Published:
        """The ledger checked and brought in."""
        job = self.job(ledger)
        summary = self.check(job)
        assert summary.faults == {}
        return self.bring_in(job, summary.rows)

    def published(self, job: Job) -> Published | None:
        return find_published(self.roles["import"], job.fingerprint)

    # Time, and what follows

    @property
    def now(self) -> datetime:
        return read_clock(self.owner_dsn).now_at

    def at(self, instant: datetime) -> None:
        step_to(self.owner_dsn, instant)

    def follow(self) -> None:
        """Let feed, projections and watchdog work until there is nothing left to do."""
        moved = True
        while moved:
            moved = bool(self._sequencer.step(1000))
            for projection in self._projections:
                moved = bool(projection.step()) or moved
            moved = bool(self._watchdog.step()) or moved

    # What is there

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        with self.owner.transaction() as cursor:
            cursor.execute(question, values)
            return list(cursor.fetchall())

    def streams(self) -> list[str]:
        return [row[0] for row in self.ask("SELECT stream FROM events.streams ORDER BY stream")]

    def events(self, stream: str) -> list[StoredEvent]:
        return self._reading.load_now(stream)

    def case(self, stream: str) -> KnownCase:
        known = fold(None, self.events(stream), REGULATIONS)
        assert known is not None
        return known

    def is_empty(self) -> bool:
        """Whether the store holds nothing at all of any ledger."""
        tables = (
            "events.events", "events.streams", "events.commands", "events.outbox",
            "events.stagings", "events.staged_streams", "events.staged_events", "keys.case_keys",
        )  # fmt: skip
        return not any(self.ask(f"SELECT FROM {table} LIMIT 1") for table in tables)


@contextmanager
def desk_on(owner_dsn: str, dsn_of: Callable[[str], str], folder: Path) -> Iterator[Desk]:
    """A desk on a fresh database; its connections are closed at the end."""
    desk = Desk(owner_dsn, dsn_of, folder)
    try:
        yield desk
    finally:
        desk.close()


def months_between(rows: Iterable[dict[str, str]]) -> list[datetime]:
    """The first local midnight of each month in which one of the rows was registered, in UTC."""
    zone = REGULATIONS.current("telecom-complaint").procedure.zone
    months = sorted({row["登记时间"][:7] for row in rows})
    return [
        datetime.fromisoformat(f"{month}-01").replace(tzinfo=zone).astimezone(UTC)
        for month in months
    ]
