"""A simulation is declared on an empty database, for good, and its time only goes forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg2
import pytest

from libs.events.postgres.simulation import (
    ClockRefused,
    make_simulation,
    read_clock,
    set_speed,
    step_to,
)

SPRING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


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


@pytest.mark.parametrize("speed", [0.0, -1.0])
def test_time_never_stands_still(fresh_database: str, speed: float) -> None:
    make_simulation(fresh_database, starts_at=SPRING, speed=1)
    with pytest.raises(ClockRefused):
        set_speed(fresh_database, speed)


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
