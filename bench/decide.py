"""decide: one decision by the largest procedure, every rule of the step looked at.

The told cases of that procedure are played once; each step of theirs is then decided again on the
case as it stood. The peer is what a decision goes with: a durable append by one caller.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from bench.appends import BODY, new_stream
from bench.measurement import Measurement, Round
from bench.place import Place
from libs.casework.registry import REGISTRY
from libs.complaints.commands import Command, Decision
from libs.complaints.decide import decide
from libs.complaints.scenarios.playing import play
from libs.complaints.scenarios.reading import read_scenario
from libs.complaints.state import Case, evolve, initial
from libs.events.envelope import Actor, Append, NewEvent
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from libs.procedures.calendar import Calendar, load_calendar
from libs.procedures.catalogue import ACTION_OF
from libs.procedures.facts import Fact
from libs.procedures.schema import Procedure, ProcedureBook

ROOT = Path(__file__).parents[1]
SECONDS = 2.0
Asked = tuple[Case, Command, datetime]


def largest() -> Procedure:
    """The procedure with the most rules that may refuse."""
    book = ProcedureBook(ROOT / "procedures")
    return max(map(book.get, book.ids), key=lambda it: sum(rule.refuses for rule in it.rules))


def asked_of(procedure: Procedure, calendar: Calendar) -> list[Asked]:
    """Every step of the procedure's told cases that was taken, with the case before it."""
    asked: list[Asked] = []
    for path in sorted((ROOT / "tests" / "scenarios" / procedure.id).glob("*.yaml")):
        scenario, case = read_scenario(path), initial()
        assert scenario is not None
        for fact in play(scenario, procedure, calendar).facts:
            if fact.role != "system" and fact.type in ACTION_OF:
                asked.append((case, _command(fact), fact.recorded_at))
            case = evolve(case, fact, procedure, calendar)
    return [
        each for each in asked
        if isinstance(decide(each[0], each[1], procedure, calendar, each[2]), Decision)
    ]  # fmt: skip


def _command(fact: Fact) -> Command:
    return Command(
        id="", action=ACTION_OF[fact.type], complaint="", staff=fact.staff, role=fact.role,
        unit=fact.unit, post=fact.post, order=fact.order, to=fact.to,
        data={**fact.data, **dict.fromkeys(fact.sealed, "a text")},
    )  # fmt: skip


def rate(once: Callable[[], int]) -> float:
    """What is done per second."""
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < SECONDS:
        done += once()
    return done / took


@contextmanager
def contest(place: Place) -> Iterator[Mapping[str, Round]]:
    calendar = load_calendar(ROOT / "procedures" / "calendars" / "mainland.yaml")
    procedure = largest()
    asked = asked_of(procedure, calendar)
    assert asked
    database = Database(place.migrated_database("decide"), application_name="bench")
    store = EventStore(database, service="intake", registry=REGISTRY)

    def decided() -> int:
        for case, command, now in asked:
            decide(case, command, procedure, calendar, now)
        return len(asked)

    def appended() -> int:
        event = NewEvent(type="ComplaintRegistered", schema=1, body=BODY)
        actor = Actor(staff="s", role="agent", unit="henan/hotline")
        stream = new_stream()
        store.append_now(
            Append(stream=stream, expected_version=0, events=(event,), actor=actor,
                   command_id=stream, command_hash=b"hash", service="intake")
        )  # fmt: skip
        return 1

    yield {"ours": lambda: rate(decided), "peer": lambda: rate(appended)}
    database.close()


MEASUREMENTS = [
    Measurement(
        name="decide",
        unit="decisions/s",
        peer="durable appends/s, one caller",
        must=5,
        stretch=10,
        contest=contest,
    )
]
