"""A simulation is declared on an empty database, for good, and its time only goes forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg2
import pytest

from libs.events.postgres.simulation import (
    ClockRefused,
    Simulation,
    make_simulation,
    read_clock,
    set_speed,
    step_to,
)

SPRING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


RECORDED = """
    INSERT INTO events.events
    SELECT 'complaint/s1-' || n, 1, 'ComplaintRegistered', 1, now(), now(), '',
           (SELECT string_agg(sha256(i::text::bytea || n::text::bytea), '')
              FROM generate_series(1, 1900) AS i), sha256('')
      FROM generate_series(1, {count}) AS n;
    INSERT INTO events.outbox (stream, version) VALUES ('complaint/s1-1', 1);
    INSERT INTO events.builds (projection, version, state) VALUES ('work-list', 1, 'live');
    INSERT INTO events.parked (build, stream, at_version, last_version, reason)
    SELECT build, 'complaint/s1-1', 1, 1, 'test' FROM events.builds;
    INSERT INTO sla.notices VALUES ('complaint/s1-1', 1, 'DeadlineWarned', now(), now(), '');
    INSERT INTO sla.deliveries (stream, version, channel) VALUES ('complaint/s1-1', 1, 'log');
"""


def count(dsn: str, table: str) -> int:
    connection = psycopg2.connect(dsn)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            return int(cursor.fetchone()[0])
    finally:
        connection.close()


def execute(dsn: str, statement: str) -> None:
    connection = psycopg2.connect(dsn)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


def test_a_database_runs_on_real_time_that_nobody_sets(fresh_database: str) -> None:
    clock = read_clock(fresh_database)
    assert not clock.simulation
    assert abs(clock.now_at - datetime.now(UTC)) < timedelta(minutes=1)
    with pytest.raises(ClockRefused):
        set_speed(fresh_database, 600)
    with pytest.raises(ClockRefused):
        step_to(fresh_database, SPRING + timedelta(days=10000))


def test_a_simulation_starts_where_it_is_told(fresh_database: str) -> None:
    clock = make_simulation(fresh_database, starts_at=SPRING, speed=600)
    assert clock.simulation
    assert clock.speed == 600
    assert SPRING <= clock.now_at <= SPRING + timedelta(hours=10)


def test_time_goes_forward_by_steps_and_by_speed(fresh_database: str) -> None:
    make_simulation(fresh_database, starts_at=SPRING, speed=0.000001)
    noon = SPRING + timedelta(hours=3)
    assert step_to(fresh_database, noon).now_at >= noon
    before = set_speed(fresh_database, 1_000_000).now_at
    assert before >= noon
    assert read_clock(fresh_database).now_at > before


def test_time_never_goes_back(fresh_database: str) -> None:
    make_simulation(fresh_database, starts_at=SPRING, speed=1)
    with pytest.raises(ClockRefused):
        step_to(fresh_database, SPRING - timedelta(seconds=1))
    assert read_clock(fresh_database).now_at >= SPRING


def test_time_may_stand_still_and_never_runs_backwards(fresh_database: str) -> None:
    make_simulation(fresh_database, starts_at=SPRING, speed=0)
    assert read_clock(fresh_database).now_at == SPRING
    assert step_to(fresh_database, SPRING + timedelta(hours=1)).now_at == SPRING + timedelta(
        hours=1
    )
    with pytest.raises(ClockRefused):
        set_speed(fresh_database, -1)


def test_the_flag_never_changes(fresh_database: str) -> None:
    make_simulation(fresh_database, starts_at=SPRING)
    with pytest.raises(psycopg2.Error, match="before its first event"):
        execute(fresh_database, "UPDATE events.clock SET simulation = false")
    with pytest.raises(psycopg2.Error):
        execute(fresh_database, "DELETE FROM events.clock")


def test_a_database_with_events_cannot_become_one(fresh_database: str) -> None:
    execute(
        fresh_database,
        "INSERT INTO events.streams (stream, version, head, recorded_at)"
        " VALUES ('complaint/s1-1', 1, '\\x00', now())",
    )
    with pytest.raises(ClockRefused):
        make_simulation(fresh_database)


def test_a_real_database_is_never_emptied(fresh_database: str) -> None:
    with Simulation(fresh_database) as real, pytest.raises(ClockRefused, match="only a simulation"):
        real.reset()


@pytest.mark.parametrize("large", [False, True])
def test_a_reset_empties_the_store_and_begins_a_new_epoch(fresh_database: str, large: bool) -> None:
    make_simulation(fresh_database, starts_at=SPRING + timedelta(days=9), speed=0)
    # A body of 60 KB does not compress: 100 of them are beyond what is deleted row by row.
    execute(fresh_database, RECORDED.format(count=100 if large else 2))
    with Simulation(fresh_database) as simulation:
        clock = simulation.reset(starts_at=SPRING)
    assert (clock.now_at, clock.epoch, clock.speed, clock.simulation) == (SPRING, 1, 0, True)
    for table in (
        "events.events",
        "events.outbox",
        "events.builds",
        "events.parked",
        "sla.notices",
    ):
        assert count(fresh_database, table) == 0
    for table in ("events.store", "events.event_types", "migrations.applied"):
        assert count(fresh_database, table) > 0


def test_the_seat_belt_is_closed_again_after_a_reset(fresh_database: str) -> None:
    make_simulation(fresh_database, starts_at=SPRING)
    with Simulation(fresh_database) as simulation:
        simulation.reset()
    with pytest.raises(psycopg2.Error, match="never changed"):
        execute(fresh_database, "DELETE FROM events.events")
