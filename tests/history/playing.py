"""Random lives of complaints on a simulation database, at the pace of the machine.

The steps are the demo's stories at random delays, some typed in later than they happened; they go
the way every step goes (decided, sealed, appended), and the watchdog looks in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import random
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from libs.access.identity import Subject
from libs.casework.commanding import Asked, Done
from libs.casework.opening import Office, Plan, open_office
from libs.casework.registry import REGISTRY
from libs.casework.regulations import Regulations
from libs.complaints.commands import Refusal
from libs.events.postgres.database import Database
from libs.events.postgres.projection import ProjectionRunner
from libs.events.postgres.sequencer import Sequencer
from libs.events.postgres.simulation import make_simulation, read_clock, step_to
from libs.events.postgres.store import EventStore
from libs.procedures.catalogue import ACTIONS
from redress.demo.stories import Story, StoryStep, load_stories, minutes, place
from services.analytics.projection import CaseFacts
from services.dispatch.projection import WorkList
from services.sla.folding import CaseFolder
from services.sla.open_clocks import OpenClocks
from services.sla.watchdog import Watchdog

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
# A microsecond in eleven days: between its steps a test sees time stand still.
STILL = 1e-12
PROVINCES = ("henan", "hebei")
REGULATIONS = Regulations(Path(__file__).parents[2] / "procedures")
ROLES = ("intake", "dispatch", "sla", "analytics", "relay")


class Stage:
    """The database as each service sees it, the projections, the watchdog and the clock."""

    def __init__(self, dsn: str, login: Callable[[str, str], str]) -> None:
        make_simulation(dsn, starts_at=START, speed=STILL)
        self.dsn, self.logins = dsn, {role: login(f"redress_{role}", dsn) for role in ROLES}
        self.databases = {
            role: Database(address, application_name="test-history")
            for role, address in self.logins.items()
        }
        self.stores = {
            role: EventStore(self.databases[role], service=role, registry=REGISTRY)
            for role in ("sla", "analytics", "dispatch")
        }
        folder = CaseFolder(self.stores["sla"], REGULATIONS)
        self._watchdog = Watchdog(self.databases["sla"], self.stores["sla"], folder, batch=100)
        self._sequencer = Sequencer(self.databases["relay"])
        work_list = WorkList(REGULATIONS, self.stores["dispatch"].load_now)
        self._runners = (
            ProjectionRunner(self.databases["sla"], OpenClocks(folder)),
            ProjectionRunner(self.databases["dispatch"], work_list),
            ProjectionRunner(
                self.databases["analytics"], CaseFacts(self.stores["analytics"], REGULATIONS)
            ),
        )

    def close(self) -> None:
        for database in self.databases.values():
            database.close()

    def now(self) -> datetime:
        return read_clock(self.dsn).now_at

    def step_to(self, instant: datetime) -> None:
        step_to(self.dsn, instant)

    def project(self) -> None:
        """Bring every read model up to date with all that is stored."""
        while self._sequencer.step(1000) or sum(runner.step() for runner in self._runners):
            pass

    def watch(self) -> None:
        """Let the watchdog record what has fallen by now."""
        self.project()
        while self._watchdog.step():
            pass
        self.project()


class Life:
    """One complaint living through a story, its steps sooner or later than told."""

    def __init__(self, story: Story, draw: random.Random, begins_at: datetime) -> None:
        self.story, self.begins_at = story, begins_at
        self._pace = draw.uniform(0.5, 2.5)
        province, other = draw.sample(PROVINCES, 2)
        self._names = {"province": province, "other": other}
        self.complaint: str | None = None

    def at(self, step: StoryStep) -> datetime:
        return self.begins_at + timedelta(minutes=step.after * self._pace)

    def asked(self, step: StoryStep, draw: random.Random, now: datetime) -> Asked:
        action = ACTIONS[step.do]
        body: dict[str, Any] = {"with": self._fields(step)}
        if step.order:
            body["order"] = step.order
        if step.to:
            body["to"] = place(step.to, self._names)
        if action.claims and draw.random() < 0.4:
            body["happened_at"] = (now - timedelta(minutes=draw.randrange(1, 300))).isoformat()
        if step.do == "register":
            body["with"] |= {"content": "三天没有网", "contact": f"138{draw.randrange(10**8):08d}"}
        unit = str(place(step.unit, self._names))
        return Asked(
            command_id=str(uuid.UUID(int=draw.getrandbits(128))),
            command_hash=draw.randbytes(32),
            action=action,
            subject=Subject(staff=f"s-{step.by}", role=step.by, unit=unit),
            body=body,
            complaint=self.complaint,
            procedure=self.story.procedure if step.do == "register" else None,
        )

    def _fields(self, step: StoryStep) -> dict[str, Any]:
        def value(told: Any) -> Any:
            if isinstance(told, str) and told.startswith("+"):
                return (self.begins_at + timedelta(minutes=minutes(told))).isoformat()
            return place(told, self._names)

        return {name: value(told) for name, told in step.fields.items()}


def play(
    stage: Stage, lives: int, seed: int, keys: Path, look: Callable[[list[str]], None]
) -> list[str]:
    """Play that many lives to their end; after each step `look` is called with those there are.

    Returns the complaints.
    """
    return asyncio.run(_play(stage, lives, random.Random(seed), keys, look))


async def _play(
    stage: Stage, lives: int, draw: random.Random, keys: Path, look: Callable[[list[str]], None]
) -> list[str]:
    stories = [story for story in load_stories() if story.story != "appeal"]
    agenda: list[tuple[datetime, int, Life, StoryStep]] = []
    order = itertools.count()
    for nth in range(lives):
        begins_at = START + timedelta(minutes=draw.randrange(6 * 1440))
        life = Life(stories[nth % len(stories)], draw, begins_at)
        for step in life.story.steps:
            heapq.heappush(agenda, (life.at(step), next(order), life, step))
    complaints: list[str] = []
    async with contextlib.AsyncExitStack() as stack:
        offices = {
            service: await stack.enter_async_context(open_office(_plan(stage, service, keys)))
            for service in ("intake", "dispatch")
        }
        while agenda:
            at, _, life, step = heapq.heappop(agenda)
            stage.step_to(max(at, stage.now()))
            if draw.random() < 0.25:
                stage.watch()
            if life.complaint is None and step.do != "register":
                continue
            done = await _take(offices[ACTIONS[step.do].service], life.asked(step, draw, at))
            if step.do == "register" and done is not None:
                life.complaint = done.complaint
                complaints.append(done.complaint)
            if complaints:
                look(complaints)
    stage.watch()
    return complaints


async def _take(office: Office, asked: Asked) -> Done | None:
    await office.time.refresh()
    end = await office.handler.handle(asked)
    return None if isinstance(end, Refusal) else end


def _plan(stage: Stage, service: str, keys: Path) -> Plan:
    return Plan(
        service=service,
        dsn=stage.logins[service],
        keys=keys,
        regulations=REGULATIONS,
        headquarters="national",
        patience=10.0,
        on_new_key=lambda _: None,
        decided_again=lambda: None,
    )


@contextlib.contextmanager
def staged(dsn: str, login: Callable[[str, str], str]) -> Iterator[Stage]:
    """A stage on a fresh database; its connections are closed at the end."""
    stage = Stage(dsn, login)
    try:
        yield stage
    finally:
        stage.close()
