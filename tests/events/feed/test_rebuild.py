"""Rebuilding: new tables grow beside the live ones, equal them, and take their place at once."""

from __future__ import annotations

from contextlib import suppress

import psycopg2
import pytest

from libs.events.postgres.progress import Fenced
from libs.events.postgres.projection import ProjectionRunner
from libs.events.postgres.rebuild import Rebuild, RebuildRefused


@pytest.fixture
def runner(database, projection) -> ProjectionRunner:
    return ProjectionRunner(database, projection)


@pytest.fixture
def rebuild(store, open_database, projection) -> Rebuild:
    return Rebuild(open_database(store), projection, page=3)


def run_dry(runner: ProjectionRunner) -> None:
    while runner.step():
        pass


def grow(rebuild: Rebuild) -> None:
    while rebuild.catch_up():
        pass


@pytest.fixture
def some_events(append, sequence) -> None:
    for n in range(5):
        append(f"complaint/{n}", 0, "one", "two")
    sequence()


def test_a_rebuild_equals_the_live_tables_and_replaces_them(
    some_events, append, sequence, runner, rebuild, notes
):
    run_dry(runner)
    before = notes()
    rebuild.begin()
    grow(rebuild)
    assert notes(schema="reading_rebuild") == before == notes()
    append("complaint/0", 2, "while it grows")
    sequence()
    run_dry(runner)

    comparison = rebuild.switch()

    assert comparison.position == 10
    assert comparison.live == comparison.rebuilt
    assert comparison.live["notes"][0] == 11
    assert notes() == notes(schema="reading_retired") == sorted([*before, ("complaint/0", 3)])


def test_the_live_runner_goes_on_with_the_new_tables(
    some_events, append, sequence, runner, rebuild, notes
):
    run_dry(runner)
    rebuild.begin()
    rebuild.switch()
    append("complaint/0", 2, "after")
    sequence()
    with suppress(Fenced):  # it remembers the old build, or has looked again where it is
        runner.step()
    run_dry(runner)
    assert notes()[2] == ("complaint/0", 3)
    assert len(notes()) == 11
    assert len(notes(schema="reading_retired")) == 10


def test_tables_that_differ_are_not_switched_unless_meant(
    some_events, runner, rebuild, store, notes
):
    run_dry(runner)
    with psycopg2.connect(store) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM reading.notes WHERE stream = 'complaint/3'")
    connection.close()
    rebuild.begin()
    with pytest.raises(RebuildRefused, match="notes"):
        rebuild.switch()
    assert len(notes()) == 8
    comparison = rebuild.switch(although_different=True)
    assert comparison.differing == ["notes"]
    assert len(notes()) == 10


def test_a_rebuild_can_be_begun_again_and_repeated(some_events, runner, rebuild, notes):
    run_dry(runner)
    rebuild.begin()
    rebuild.catch_up()
    rebuild.begin()
    rebuild.switch()
    rebuild.begin()
    rebuild.switch()
    assert len(notes()) == 10


def test_a_rebuild_never_overtakes_the_live_tables(
    some_events, database, projection, rebuild, notes
):
    ProjectionRunner(database, projection, page=4).step()
    rebuild.begin()
    grow(rebuild)
    assert len(notes(schema="reading_rebuild")) == len(notes()) == 4


def test_a_projection_that_names_its_schema_is_refused_and_undone(
    some_events, runner, rebuild, projection, notes
):
    run_dry(runner)
    rebuild.begin()
    projection.apply = lambda cursor, _events: cursor.execute(
        "INSERT INTO reading.notes VALUES ('notes', 'complaint/x', 1, '')"
    )
    with pytest.raises(RebuildRefused, match="without a schema"):
        rebuild.catch_up()
    assert len(notes()) == 10


def test_an_empty_store_can_be_rebuilt(runner, rebuild):
    assert runner.step() == 0
    rebuild.begin()
    assert rebuild.catch_up() == 0
    assert rebuild.switch().position == -1


def test_a_projection_that_never_ran_cannot_be_rebuilt(rebuild):
    with pytest.raises(RebuildRefused):
        rebuild.begin()
