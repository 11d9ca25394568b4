"""Batches of many appenders against a slow model that does one thing after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from libs.events.envelope import Append, Appended
from libs.events.errors import CommandReused, NotOwner, StreamError, VersionConflict
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from libs.events.registry import EventType, Registry
from tests.events.store.chains import assert_sound
from tests.events.store.given import append, event, numbers

# What intake claims here about "Sent" is a lie that the database must catch.
LYING = Registry(
    EventType(name=name, services=frozenset({"intake"})) for name in ("Opened", "Noted", "Sent")
)
WISH = st.tuples(
    st.integers(0, 5),  # stream
    st.integers(0, 30),  # command
    st.sampled_from(["same", "same", "same", "other"]),  # content
    st.sampled_from([0, 0, 0, 0, -1, 1]),  # off the right version by
    st.sampled_from([("Opened",), ("Noted", "Noted"), ("Noted",), ("Opened", "Sent")]),
    st.booleans(),  # with a number
)


class Model:
    """The store as a list and three dictionaries."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.first: dict[str, tuple[bytes, Appended]] = {}
        self.drawn = 0

    def append(self, wanted: Append) -> tuple[object, ...]:
        known = self.first.get(wanted.command_id)
        version = self.versions.get(wanted.stream, 0)
        if known is not None:
            same = known[0] == wanted.command_hash
            return ("repeated", *known[1:]) if same else (CommandReused,)
        if any(each.type == "Sent" for each in wanted.events):
            return (NotOwner,)
        if version != wanted.expected_version:
            return (VersionConflict, version)
        last = version + len(wanted.events)
        self.versions[wanted.stream] = last
        self.drawn += wanted.number is not None
        number = str(self.drawn) if wanted.number else None
        self.first[wanted.command_id] = (wanted.command_hash, wanted.stream, last, number)
        return ("stored", wanted.stream, last, number)


def told(result: Appended | StreamError) -> tuple[object, ...]:
    if isinstance(result, Appended):
        word = "repeated" if result.repeated else "stored"
        return (word, result.stream, result.last_version, result.number)
    if isinstance(result, VersionConflict):
        return (VersionConflict, result.actual)
    return (type(result),)


def machine(new_world: Callable[[], Database]) -> type[RuleBasedStateMachine]:
    class Appenders(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.database = new_world()
            self.store = EventStore(self.database, service="intake", registry=LYING)
            self.model = Model()

        @rule(
            wishes=st.lists(
                WISH, min_size=1, max_size=5, unique_by=(lambda w: w[0], lambda w: w[1])
            )
        )
        def append_together(self, wishes: list[tuple]) -> None:
            batch = []
            for stream, command, content, off, types, numbered in wishes:
                name = f"complaint/m-{stream}"
                version = max(0, self.model.versions.get(name, 0) + off)
                batch.append(
                    append(
                        name,
                        version,
                        *[event(each) for each in types],
                        command=f"m-{command}",
                        content=hashlib.sha256(content.encode()).hexdigest(),
                        number=numbers("#", resets="never") if numbered else None,
                    )
                )
            with self.database.transaction() as cursor:
                results = self.store.append_all_in(cursor, batch)
            assert [told(each) for each in results] == [self.model.append(each) for each in batch]

        @rule()
        def append_one_alone(self) -> None:
            name = "complaint/m-0"
            wanted = append(name, self.model.versions.get(name, 0), event("Noted"))
            assert told(self.store.append_now(wanted)) == self.model.append(wanted)

        @invariant()
        def sound(self) -> None:
            streams = assert_sound(self.database)
            assert {name: len(c) for name, c in streams.items()} == self.model.versions

    return Appenders


def test_batches_do_what_one_after_the_other_would(fresh: Database):
    def new_world() -> Database:
        # The owner may do for a test what no role may: begin anew.
        with fresh.transaction() as cursor:
            cursor.execute(
                "ALTER TABLE events.events DISABLE TRIGGER never_changed;"
                "ALTER TABLE events.commands DISABLE TRIGGER never_changed;"
                "DELETE FROM events.events; DELETE FROM events.commands;"
                "DELETE FROM events.streams; DELETE FROM events.outbox;"
                "DELETE FROM events.counters;"
            )
        return fresh

    run_state_machine_as_test(
        machine(new_world),
        settings=settings(
            max_examples=25,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
