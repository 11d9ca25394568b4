"""For any course of appends, pages, repeats, crashes and rivals: each event has its effect once."""

from __future__ import annotations

import uuid
from types import SimpleNamespace

import psycopg2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from libs.events.postgres import parking
from libs.events.postgres.applying import apply_page
from libs.events.postgres.feed import head
from libs.events.postgres.progress import Fenced, advance, find_build, open_live
from libs.events.postgres.projection import ProjectionRunner, use_schema

STREAMS = st.sampled_from(["p", "q", "r"])
STEPS = st.one_of(
    st.tuples(st.just("append"), STREAMS, st.integers(1, 3), st.booleans()),
    st.tuples(st.just("step"), st.integers(0, 1)),
    st.tuples(st.just("crash"), st.integers(0, 1), st.integers(1, 4)),
    st.tuples(st.just("repeat")),
    st.tuples(st.just("poison"), STREAMS),
    st.tuples(st.just("mend")),
)


class Course:
    """Two rival runners of one projection; after each step the tables must be explainable."""

    def __init__(self, world: SimpleNamespace, projection) -> None:
        self.world, self.projection = world, projection
        self.versions: dict[str, int] = {}
        self.poisoned: set[str] = set()
        self.crash_in = 0
        projection.poison = self._fault
        with world.database.transaction() as cursor:
            # Earlier examples left their events in the feed: this one begins behind them.
            build = open_live(cursor, projection.name, projection.version)
            advance(cursor, build, head(cursor))
        self.runners = [ProjectionRunner(world.database, projection, page=3) for _ in range(2)]

    def append(self, stream: str, count: int, sequenced: bool) -> None:
        name = f"complaint/{self.projection.name}-{stream}"
        expected = self.versions.get(name, 0)
        self.versions[name] = self.world.append(name, expected, *["note"] * count)
        if sequenced:
            self.world.sequence()

    def step(self, which: int) -> int:
        try:
            return self.runners[which].step()
        except (Fenced, psycopg2.OperationalError):
            return 0

    def crash(self, which: int, after: int) -> None:
        self.crash_in = after
        self.step(which)
        self.crash_in = 0

    def repeat(self) -> None:
        """Give the whole feed so far again, as a transport that delivers twice would."""
        with self.world.database.transaction() as cursor:
            build = find_build(cursor, self.projection.name, "live")
            use_schema(cursor, "reading")
            seen = [e for e in self.world.feed() if self._is_mine(e, build.position)]
            apply_page(cursor, self.projection, build, seen)

    def poison(self, stream: str) -> None:
        self.poisoned.add(f"complaint/{self.projection.name}-{stream}")

    def mend(self) -> None:
        self.poisoned.clear()
        with self.world.database.transaction() as cursor:
            asked = parking.ask_replay(cursor, self.projection.name)
        for _ in asked:
            try:
                self.runners[0].look_aside()
            except Fenced:
                self.runners[0].look_aside()  # Told so, it looks where the build is.

    def effects(self) -> list[tuple[str, int]]:
        return self.world.notes(self.projection.name)

    def _is_mine(self, event, upto: int) -> bool:
        return self.projection.name in event.event.stream and event.position <= upto

    def _fault(self, event) -> Exception | None:
        if event.event.stream in self.poisoned:
            return ValueError("poison")
        self.crash_in -= 1
        return psycopg2.OperationalError("crash") if self.crash_in == 0 else None


@pytest.fixture
def world(database, append, sequence, feed, notes) -> SimpleNamespace:
    return SimpleNamespace(
        database=database, append=append, sequence=sequence, feed=feed, notes=notes
    )


@settings(
    max_examples=25,
    deadline=None,
    # The store is shared by the examples; each has its own projection and streams in it.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(steps=[("append", "p", 2, True), ("step", 0), ("append", "p", 1, True), ("repeat",)])
@example(steps=[("append", "p", 3, True), ("crash", 0, 2), ("step", 1), ("step", 0), ("step", 0)])
@given(steps=st.lists(STEPS, min_size=8, max_size=25))
def test_each_event_has_its_effect_exactly_once(world, projection, steps):
    course = Course(world, type(projection)(f"notes-{uuid.uuid4().hex}"))
    for name, *values in steps:
        getattr(course, name)(*values)
        effects = course.effects()
        assert len(set(effects)) == len(effects)  # Never twice ...
        for stream in {stream for stream, _ in effects}:  # ... and never with a gap.
            versions = [version for each, version in effects if each == stream]
            assert versions == list(range(1, len(versions) + 1))
    world.sequence()
    course.mend()
    while course.step(0) or course.step(1):
        pass
    course.mend()
    assert course.effects() == [
        (stream, version)
        for stream, last in sorted(course.versions.items())
        for version in range(1, last + 1)
    ]
