"""The feed: every committed event once, at dense positions, each stream in its order."""

from __future__ import annotations

import random
import threading

import psycopg2
import pytest

from libs.events.errors import StoreUnavailable
from libs.events.postgres.feed import head, read_feed
from libs.events.postgres.sequencer import Sequencer


def assert_complete(feed, written: dict[str, int]) -> None:
    """Positions are dense from 0, and each stream is there whole and in order."""
    assert [each.position for each in feed] == list(range(sum(written.values())))
    streams: dict[str, list[int]] = {}
    for each in feed:
        streams.setdefault(each.event.stream, []).append(each.event.version)
    assert streams == {name: list(range(1, last + 1)) for name, last in written.items()}


def test_pages_follow_each_other(append, sequence, database):
    append("complaint/a", 0, "one", "two", "three")
    append("complaint/b", 0, "four", "five")
    sequence()
    with database.transaction() as cursor:
        first, second = read_feed(cursor, -1, 3), read_feed(cursor, 2, 3)
        assert read_feed(cursor, 4, 3) == []
        assert head(cursor) == 4
    assert [e.position for e in first + second] == [0, 1, 2, 3, 4]
    assert first[1].event.body == b'{"note":"two"}'
    assert first[1].event.actor.staff == "h-1"


def test_an_empty_feed_has_no_head(database):
    with database.transaction() as cursor:
        assert head(cursor) == -1
        assert read_feed(cursor, -1, 10) == []


def test_an_append_that_commits_late_is_not_lost(writer, append_in, append, sequence, feed):
    with writer.transaction() as slow:
        append_in(slow, "complaint/slow", 0, "first written")
        append("complaint/fast", 0, "first committed")
        sequence()
        assert [e.event.stream for e in feed()] == ["complaint/fast"]
    sequence()
    assert [e.event.stream for e in feed()] == ["complaint/fast", "complaint/slow"]


def test_a_cause_comes_before_its_effect_whatever_the_batch(append, relay_database, feed):
    append("complaint/z", 0, "cause")
    append("complaint/a", 0, "effect")
    append("complaint/z", 1, "effect of the effect")
    sequencer = Sequencer(relay_database)
    while sequencer.step(limit=2):
        pass
    assert [e.event.stream for e in feed()] == ["complaint/z", "complaint/a", "complaint/z"]
    sequencer.release()


def test_a_replaced_holder_moves_nothing_when_it_comes_back(append, relay_database, feed):
    old = Sequencer(relay_database)
    append("complaint/a", 0, "one")
    assert old.step() == 1
    new = Sequencer(relay_database, patience=0)  # It takes the lease as if the old one was silent.
    assert new.step() == 0
    append("complaint/a", 1, "two")
    assert old.step() == 0
    assert_complete(feed(), {"complaint/a": 1})
    assert new.step() == 1
    assert_complete(feed(), {"complaint/a": 2})
    old.release()
    append("complaint/a", 2, "three")
    assert new.step() == 1  # The old one's release did not touch the new one's lease.
    new.release()


def test_a_released_lease_is_free_at_once(relay_database):
    first, second = Sequencer(relay_database), Sequencer(relay_database)
    first.step()
    second.step()
    assert (first.leading, second.leading) == (True, False)
    first.release()
    second.step()
    assert second.leading
    second.release()


def test_only_the_relay_writes_the_feed(store, role_dsn):
    for role in ("intake", "dispatch", "sla", "analytics", "console"):
        with (
            psycopg2.connect(role_dsn(f"redress_{role}", store)) as connection,
            connection.cursor() as cursor,
            pytest.raises(psycopg2.errors.InsufficientPrivilege),
        ):
            cursor.execute("INSERT INTO events.feed VALUES (0, 'complaint/x', 1)")
        connection.close()


def test_nobody_changes_the_feed(store, append, sequence):
    append("complaint/a", 0, "one")
    sequence()
    for change in (
        "UPDATE events.feed SET position = 7",
        "DELETE FROM events.feed",
        "TRUNCATE events.feed",
    ):
        with (
            psycopg2.connect(store) as connection,
            connection.cursor() as cursor,
            pytest.raises(psycopg2.errors.InsufficientPrivilege),
        ):
            cursor.execute(change)
        connection.close()


class Crowd:
    """Threads that write to shared streams, sequence against each other, and cut connections."""

    def __init__(self, append, relay_database, store: str) -> None:
        self.written: dict[str, int] = {}
        self._append, self._database, self._store = append, relay_database, store
        self._lock, self._done = threading.Lock(), threading.Event()

    def play(self, *, writers: int, sequencers: int) -> None:
        writing = [threading.Thread(target=self._write, args=(n,)) for n in range(writers)]
        others = [threading.Thread(target=self._sequence, args=(n,)) for n in range(sequencers)]
        others.append(threading.Thread(target=self._cut))
        for thread in writing + others:
            thread.start()
        for thread in writing:
            thread.join()
        self._done.set()
        for thread in others:
            thread.join()

    def _write(self, seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(40):
            stream = f"complaint/{chance.randrange(12)}"
            expected = self.written.get(stream, 0)
            last = self._append(stream, expected, *(["note"] * chance.randint(1, 4)))
            with self._lock:
                self.written[stream] = max(last, self.written.get(stream, 0))

    def _sequence(self, seed: int) -> None:
        chance = random.Random(seed)
        # Without patience each takes the lease from the other at every chance.
        sequencer = Sequencer(self._database, patience=0)
        while not self._done.is_set():
            try:
                sequencer.step(limit=chance.randint(1, 20))
            except (psycopg2.Error, StoreUnavailable):
                sequencer = Sequencer(self._database, patience=0)
        sequencer.release()

    def _cut(self) -> None:
        chance = random.Random(0)
        connection = psycopg2.connect(self._store)
        connection.autocommit = True
        with connection.cursor() as cursor:
            while not self._done.wait(chance.uniform(0.02, 0.2)):
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE usename = 'redress_relay' AND datname = current_database()"
                    " ORDER BY random() LIMIT 1"
                )
        connection.close()


def test_many_writers_and_sequencers_that_steal_the_lease_and_die(
    append, relay_database, feed, store
):
    crowd = Crowd(append, relay_database, store)
    crowd.play(writers=8, sequencers=3)
    last = Sequencer(relay_database, patience=0)
    while last.step() or not last.leading:
        pass
    last.release()

    assert sum(crowd.written.values()) > 100
    assert_complete(feed(), crowd.written)
    with psycopg2.connect(store) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT epoch FROM events.sequencer")
        assert cursor.fetchone()[0] > 10  # They did compete.
    connection.close()
