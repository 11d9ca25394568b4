"""The relay as a process: works, stands by, takes over after a kill -9, stops in time."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import psycopg2
import pytest


class Relay:
    """A relay process and its address."""

    def __init__(self, dsn: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        environment = os.environ | {"REDRESS_DATABASE_URL": dsn, "REDRESS_PORT": str(port)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "libs.events.relay"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def answers(self, path: str) -> int:
        try:
            return httpx.get(f"{self.url}{path}").status_code
        except httpx.TransportError:
            return 0

    def leading(self) -> bool:
        return "redress_relay_leading 1.0" in httpx.get(f"{self.url}/metrics").text


@pytest.fixture
def relays(store, role_dsn) -> Iterator[list[Relay]]:
    """Two relays on one store, both ready."""
    dsn = role_dsn("redress_relay", store)
    pair = [Relay(dsn), Relay(dsn)]
    try:
        for each in pair:
            until(lambda each=each: each.answers("/readyz") == 200)
        yield pair
    finally:
        for each in pair:
            each.process.kill()
            each.process.wait()


def until(reached) -> None:
    """Wait for a condition; the limit of the whole test is the only clock."""
    while not reached():
        time.sleep(0.05)


def holder(store: str) -> str | None:
    """Who has the lease."""
    with psycopg2.connect(store) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT holder FROM events.sequencer")
        (name,) = cursor.fetchone()
    connection.close()
    return name


@pytest.mark.timeout(60)
def test_one_works_and_the_other_takes_over_whether_it_is_stopped_or_killed(
    relays, append, feed, store, role_dsn
):
    append("complaint/a", 0, "one")
    until(lambda: len(feed()) == 1)
    until(lambda: sum(each.leading() for each in relays) == 1)
    leader, standby = sorted(relays, key=lambda each: not each.leading())
    assert leader.answers("/healthz") == standby.answers("/healthz") == 200

    leader.process.send_signal(signal.SIGKILL)
    leader.process.wait()
    append("complaint/a", 1, "two")
    until(lambda: len(feed()) == 2)
    assert standby.leading()

    standby.process.send_signal(signal.SIGTERM)
    # The server gives the signal on to itself once it has stopped in order.
    assert standby.process.wait(timeout=10) in {0, -signal.SIGTERM}
    assert holder(store) is None
    append("complaint/a", 2, "three")
    third = Relay(role_dsn("redress_relay", store))
    try:
        until(lambda: len(feed()) == 3)
    finally:
        third.process.kill()
        third.process.wait()
    assert [(e.position, e.event.version) for e in feed()] == [(0, 1), (1, 2), (2, 3)]


@pytest.mark.timeout(60)
def test_a_frozen_leader_that_wakes_up_changes_nothing(relays, append, feed):
    append("complaint/a", 0, "one")
    until(lambda: sum(each.leading() for each in relays) == 1)
    leader, standby = sorted(relays, key=lambda each: not each.leading())
    leader.process.send_signal(signal.SIGSTOP)
    append("complaint/a", 1, "two")
    until(lambda: len(feed()) == 2)
    assert standby.leading()
    leader.process.send_signal(signal.SIGCONT)
    until(lambda: not leader.leading())
    append("complaint/a", 2, "three")
    until(lambda: len(feed()) == 3)
    assert [(e.position, e.event.version) for e in feed()] == [(0, 1), (1, 2), (2, 3)]
