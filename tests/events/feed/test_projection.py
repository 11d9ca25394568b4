"""Projections: each event has its effect exactly once, whatever breaks, and nothing is skipped."""

from __future__ import annotations

import threading

import psycopg2
import pytest

from libs.events.errors import StoreUnavailable
from libs.events.postgres import parking
from libs.events.postgres.applying import FeedGap, apply_page
from libs.events.postgres.parking import ParkingLimitReached, ParkingLimits
from libs.events.postgres.progress import Fenced, ProjectionOutdated, find_build
from libs.events.postgres.projection import ProjectionRunner, use_schema


@pytest.fixture
def runner(database, projection) -> ProjectionRunner:
    return ProjectionRunner(database, projection, page=4)


def run_dry(runner: ProjectionRunner) -> None:
    while runner.step():
        pass


def test_every_event_has_its_effect_once(append, sequence, runner, notes):
    append("complaint/a", 0, "one", "two", "three")
    append("complaint/b", 0, "one", "two", "three")
    sequence()
    assert runner.position() == -1
    run_dry(runner)
    assert notes() == [(f"complaint/{s}", v) for s in "ab" for v in (1, 2, 3)]
    assert runner.position() == 5
    run_dry(runner)
    assert len(notes()) == 6


def test_a_new_runner_goes_on_where_the_last_one_was(append, sequence, runner, database, notes):
    append("complaint/a", 0, "one", "two")
    sequence()
    run_dry(runner)
    append("complaint/a", 2, "three")
    sequence()
    run_dry(ProjectionRunner(database, runner.projection))
    assert notes() == [("complaint/a", 1), ("complaint/a", 2), ("complaint/a", 3)]


def test_events_given_again_have_no_second_effect(append, sequence, feed, runner, database, notes):
    append("complaint/a", 0, "one", "two")
    sequence()
    run_dry(runner)
    append("complaint/a", 2, "three")
    sequence()
    with database.transaction() as cursor:
        use_schema(cursor, "reading")
        apply_page(cursor, runner.projection, find_build(cursor, "notes", "live"), feed())
    run_dry(runner)
    assert notes() == [("complaint/a", 1), ("complaint/a", 2), ("complaint/a", 3)]


def test_a_missing_predecessor_is_an_error_and_never_skipped(
    append, sequence, feed, runner, database, notes
):
    runner.step()
    append("complaint/a", 0, "one", "two")
    sequence()
    with database.transaction() as cursor:
        use_schema(cursor, "reading")
        build = find_build(cursor, "notes", "live")
        with pytest.raises(FeedGap):
            apply_page(cursor, runner.projection, build, feed()[1:])
    assert notes() == []


def test_a_second_runner_is_fenced_and_changes_nothing(append, sequence, runner, database, notes):
    zombie = ProjectionRunner(database, runner.projection)
    append("complaint/a", 0, "one")
    sequence()
    zombie.step()  # It knows position 0 ...
    append("complaint/a", 1, "two")
    sequence()
    run_dry(runner)  # ... and the other one moves on to position 1.
    append("complaint/a", 2, "three")
    sequence()
    with pytest.raises(Fenced):
        zombie.step()
    assert notes() == [("complaint/a", 1), ("complaint/a", 2)]
    assert zombie.step() == 1  # Told so, it looks where the build is, and may go on.
    assert notes() == [("complaint/a", 1), ("complaint/a", 2), ("complaint/a", 3)]


def test_a_runner_that_freezes_before_its_commit_has_had_no_effect(
    append, sequence, database, projection, runner, store, notes
):
    append("complaint/a", 0, "one")
    sequence()
    inside, go_on = threading.Event(), threading.Event()

    def freeze(_event):
        inside.set()
        go_on.wait()

    projection.poison = freeze
    broken: list[Exception] = []

    def zombie() -> None:
        try:
            runner.step()
        except StoreUnavailable as error:
            broken.append(error)

    thread = threading.Thread(target=zombie)
    thread.start()
    inside.wait()
    with psycopg2.connect(store) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'redress_analytics' AND datname = current_database()"
        )
    connection.close()
    healthy = type(projection)()
    other = ProjectionRunner(database, healthy)
    while not _steps(other):
        pass
    go_on.set()
    thread.join()
    assert len(broken) == 1
    assert notes() == [("complaint/a", 1)]


def _steps(runner: ProjectionRunner) -> bool:
    """Step; a connection of the pool that was cut shows itself as an error first."""
    try:
        return runner.step() > 0
    except StoreUnavailable:
        return False


def test_a_transient_error_is_waited_out(append, sequence, runner, projection, notes):
    append("complaint/a", 0, "one", "two")
    sequence()
    failures = iter([psycopg2.OperationalError(), psycopg2.errors.DeadlockDetected()])
    projection.poison = lambda _event: next(failures, None)
    stop = threading.Event()
    thread = threading.Thread(target=runner.run, args=(stop,))
    thread.start()
    assert runner.wait_for(1, timeout=30)
    stop.set()
    thread.join()
    assert notes() == [("complaint/a", 1), ("complaint/a", 2)]
    assert runner.failure is None


def test_waiting_for_a_position_or_a_version(append, sequence, runner):
    append("complaint/a", 0, "one", "two")
    sequence()
    assert not runner.wait_for(1, timeout=0)
    assert not runner.wait_for_version("complaint/a", 2, timeout=0)
    run_dry(runner)
    assert runner.wait_for(1, timeout=0)
    assert runner.wait_for_version("complaint/a", 2, timeout=0)
    assert not runner.wait_for_version("complaint/a", 3, timeout=0)


def test_tables_of_another_version_of_the_code_are_not_touched(runner, database, projection):
    runner.step()
    projection.version = 2
    with pytest.raises(ProjectionOutdated):
        ProjectionRunner(database, projection).step()


def poison_stream(projection, stream: str, from_version: int = 1) -> None:
    def spoil(event):
        if event.event.stream == stream and event.event.version >= from_version:
            return ValueError("张三 13800000000")
        return None

    projection.poison = spoil


def test_a_poisoned_stream_is_parked_and_the_others_go_on(
    append, sequence, runner, projection, database, notes
):
    poison_stream(projection, "complaint/b", 2)
    for stream in "abc":
        append(f"complaint/{stream}", 0, "one", "two")
    sequence()
    run_dry(runner)
    append("complaint/b", 2, "three")
    append("complaint/c", 2, "three")
    sequence()
    run_dry(runner)
    assert notes() == [
        ("complaint/a", 1),
        ("complaint/a", 2),
        ("complaint/b", 1),
        ("complaint/c", 1),
        ("complaint/c", 2),
        ("complaint/c", 3),
    ]
    assert runner.position() == 7
    with database.transaction() as cursor:
        (parked,) = parking.list_parked(cursor)
    assert (parked.projection, parked.stream) == ("notes", "complaint/b")
    assert (parked.at_version, parked.last_version, parked.attempts) == (2, 3, 1)
    assert parked.reason.startswith("ValueError at tests/events/feed/conftest.py:")


def test_what_is_parked_is_replayed_in_order_when_asked(
    append, sequence, runner, projection, database, notes
):
    poison_stream(projection, "complaint/b", 2)
    append("complaint/a", 0, "one")
    append("complaint/b", 0, "one", "two", "three")
    sequence()
    run_dry(runner)
    assert notes() == [("complaint/a", 1), ("complaint/b", 1)]

    poison_stream(projection, "complaint/b", 3)
    replay(runner, database)
    assert notes() == [("complaint/a", 1), ("complaint/b", 1), ("complaint/b", 2)]
    with database.transaction() as cursor:
        (parked,) = parking.list_parked(cursor)
    assert (parked.at_version, parked.last_version, parked.attempts) == (3, 3, 2)
    assert parked.replay_at is None

    projection.poison = lambda _event: None
    append("complaint/b", 3, "four")
    sequence()
    replay(runner, database)
    assert notes() == [("complaint/a", 1), *(("complaint/b", v) for v in (1, 2, 3, 4))]
    with database.transaction() as cursor:
        assert parking.list_parked(cursor) == []
    append("complaint/b", 4, "five")
    sequence()
    run_dry(runner)
    assert notes()[-1] == ("complaint/b", 5)


def replay(runner: ProjectionRunner, database) -> None:
    with database.transaction() as cursor:
        assert parking.ask_replay(cursor, "notes") == ["complaint/b"]
    run_dry(runner)
    runner.look_aside()


def test_a_projection_that_fails_everywhere_stops_and_parks_nothing(
    append, sequence, database, projection, notes
):
    projection.poison = lambda _event: KeyError("level")
    for n in range(6):
        append(f"complaint/{n}", 0, "one")
    sequence()
    runner = ProjectionRunner(database, projection, limits=ParkingLimits(ratio_from=5))
    with pytest.raises(ParkingLimitReached):
        runner.run(threading.Event())
    assert isinstance(runner.failure, ParkingLimitReached)
    with database.transaction() as cursor:
        assert parking.list_parked(cursor) == []
    assert runner.position() == -1
    assert notes() == []


def test_parking_stops_at_its_limit_and_keeps_what_was_parked_before(
    append, sequence, database, projection
):
    projection.poison = lambda event: KeyError() if "bad" in event.event.stream else None
    runner = ProjectionRunner(database, projection, page=2, limits=ParkingLimits(streams=2))
    for n in range(3):
        append(f"complaint/{n}", 0, "one")
        append(f"complaint/bad-{n}", 0, "one")
    sequence()
    with pytest.raises(ParkingLimitReached):
        run_dry(runner)
    with database.transaction() as cursor:
        assert len(parking.list_parked(cursor)) == 2
    assert runner.position() == 3


def test_a_service_moves_only_its_own_projections(
    append, sequence, runner, store, role_dsn, open_database
):
    runner.step()
    other = open_database(role_dsn("redress_sla", store))
    with other.transaction() as cursor:
        cursor.execute("UPDATE events.builds SET position = 99 WHERE projection = 'notes'")
        assert cursor.rowcount == 0
        cursor.execute("DELETE FROM events.builds WHERE projection = 'notes'")
        assert cursor.rowcount == 0
    assert runner.position() == -1
