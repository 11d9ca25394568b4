"""Appends inside a caller's transaction."""

from __future__ import annotations

import pytest

from libs.events.envelope import Appended
from libs.events.errors import StreamBusy, VersionConflict
from tests.events.store.given import append, event, new_stream


def test_an_append_lives_and_dies_with_the_callers_transaction(shared, intake):
    kept, lost = new_stream(), new_stream()
    with shared.transaction() as cursor:
        intake.append_in(cursor, append(kept))

    def fail_after_append() -> None:
        with shared.transaction() as cursor:
            intake.append_in(cursor, append(lost))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_append()
    assert len(intake.load_now(kept)) == 1
    assert intake.load_now(lost) == []


def test_a_refusal_leaves_the_transaction_usable(shared, intake):
    stream = new_stream()
    with shared.transaction() as cursor:
        with pytest.raises(VersionConflict):
            intake.append_in(cursor, append(stream, 7))
        intake.append_in(cursor, append(stream, 0))
        intake.append_in(cursor, append(stream, 1))
    assert len(intake.load_now(stream)) == 2


def test_many_in_one_transaction_each_with_its_own_answer(shared, intake):
    old = new_stream()
    intake.append_now(append(old))
    fresh, stale = append(new_stream(), 0, event(), event("Noted")), append(old, 0)
    with shared.transaction() as cursor:
        results = intake.append_all_in(cursor, [fresh, stale, append(new_stream())])
        assert intake.append_all_in(cursor, []) == []
    assert isinstance(results[0], Appended)
    assert results[0].last_version == 2
    assert isinstance(results[1], VersionConflict)
    assert results[1].actual == 1
    assert isinstance(results[2], Appended)
    assert len(intake.load_now(fresh.stream)) == 2


def test_a_stream_somebody_is_writing_to_is_busy_at_once(shared, intake):
    stream = new_stream()
    with shared.transaction() as first, shared.transaction() as second:
        intake.append_in(first, append(stream, command="c-held"))
        with pytest.raises(StreamBusy):
            intake.append_in(second, append(stream))
        with pytest.raises(StreamBusy):
            intake.append_in(second, append(new_stream(), command="c-held"))
        assert intake.append_in(second, append(new_stream())).last_version == 1
