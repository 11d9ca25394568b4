"""The store's time: real, or a simulation's that never goes back."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest

from libs.events.postgres.store import EventStore
from tests.events.store.given import REGISTRY, append, new_stream


@pytest.fixture
def ask(fresh):
    def run(sql: str, *arguments: object):
        with fresh.transaction() as cursor:
            cursor.execute(sql, arguments)
            return cursor.fetchall() if cursor.description else []

    return run


def refused(ask, sql: str, match: str) -> None:
    with pytest.raises(psycopg2.errors.RaiseException, match=match):
        ask(sql)


def test_a_real_store_takes_the_servers_time_and_cannot_be_set(ask):
    ((now, real),) = ask("SELECT events.now(), clock_timestamp()")
    assert abs(now - real) < timedelta(seconds=1)
    refused(ask, "SELECT events.set_clock(now() + interval '1 day', 1)", "real store is not set")


def test_a_simulation_runs_from_its_start_at_its_pace(ask, fresh):
    start = datetime(2024, 2, 1, tzinfo=UTC)
    ask("SELECT events.declare_simulation(%s, 3600)", start)
    time.sleep(0.02)
    ((now,),) = ask("SELECT events.now()")
    assert start + timedelta(seconds=60) <= now <= start + timedelta(days=2)
    store = EventStore(fresh, service="intake", registry=REGISTRY)
    done = store.append_now(append(new_stream()))
    assert now <= done.recorded_at <= start + timedelta(days=3)


def test_simulated_time_jumps_forward_and_never_back(ask):
    ask("SELECT events.declare_simulation('2024-02-01T00:00:00Z', 1)")
    ask("SELECT events.set_clock('2024-03-01T00:00:00Z', 600)")
    refused(ask, "SELECT events.set_clock('2024-02-15T00:00:00Z', 1)", "never goes back")
    before = ask("SELECT events.now()")[0][0]
    ask("SELECT events.set_clock(NULL, 2)")
    assert ask("SELECT events.now()")[0][0] >= before


def test_the_flag_is_set_before_the_first_event_or_never(ask, fresh):
    EventStore(fresh, service="intake", registry=REGISTRY).append_now(append(new_stream()))
    refused(ask, "SELECT events.declare_simulation(now(), 2)", "before its first event")
    assert ask("SELECT simulation FROM events.clock") == [(False,)]


def test_a_simulation_never_becomes_real(ask):
    ask("SELECT events.declare_simulation(now(), 1)")
    refused(ask, "UPDATE events.clock SET simulation = false", "or never")
    refused(ask, "UPDATE events.clock SET epoch = -1", "only rise")
