"""One append at a time: what is stored, what is refused, what a repeat returns."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from libs.events.canonical import body_hash, encode, leaf_hash
from libs.events.envelope import Actor
from libs.events.errors import (
    CommandReused,
    HappenedAhead,
    NotCanonical,
    NotOwner,
    OutsideValidity,
    UnknownEvent,
    VersionConflict,
)
from libs.events.postgres.store import EventStore
from tests.events.store.given import CLERK, REGISTRY, append, event, new_stream


class Alone(EventStore):
    """Appends through a group of one, which takes the server's plain path where it can."""

    def append_now(self, append):
        async def main():
            async with EventStore(self._database, service=self._service, registry=REGISTRY) as one:
                return await one.append(append)

        return asyncio.run(main())


@pytest.fixture(params=[EventStore, Alone], ids=["batch", "plain"])
def intake(shared, request):
    return request.param(shared, service="intake", registry=REGISTRY)


def test_an_event_comes_back_with_its_exact_bytes_and_what_the_store_completed(intake):
    stream = new_stream()
    opened = event(level="general", reached_at="2026-03-01T00:00:00.000000Z")
    done = intake.append_now(append(stream, 0, opened, command=f"c-1-{stream}"))
    (stored,) = intake.load_now(stream)
    assert (done.stream, done.first_version, done.last_version) == (stream, 1, 1)
    assert not done.repeated
    assert stored.body == opened.body
    assert (stored.stream, stored.version, stored.type, stored.schema) == (stream, 1, "Opened", 1)
    assert (stored.actor, stored.service, stored.command_id) == (CLERK, "intake", f"c-1-{stream}")
    assert stored.recorded_at == stored.happened_at == done.recorded_at
    assert abs(datetime.now(UTC) - stored.recorded_at) < timedelta(minutes=5)


def test_the_header_is_canonical_and_names_body_and_predecessor(intake, rows):
    stream = new_stream()
    actor = Actor(staff='e"7\\', role="handler", unit="河南/网络", post="p1")
    first = append(stream, 0, event(), event("Noted", n=1), actor=actor, correlation_id="corr")
    intake.append_now(first)
    intake.append_now(append(stream, 2, event("Noted", n=2), causation_id="cause"))
    stored = intake.load_now(stream)
    prev = "0" * 64
    for version, each in enumerate(stored, start=1):
        header = json.loads(each.header)
        assert encode(header) == each.header
        assert header["body"] == body_hash(each.body)
        assert (header["prev"], header["version"]) == (prev, version)
        assert each.hash == leaf_hash(each.header)
        prev = each.hash.hex()
    first_header, last_header = json.loads(stored[0].header), json.loads(stored[2].header)
    assert set(first_header) == {
        *("actor", "body", "command", "correlation", "happened_at", "post", "prev", "recorded_at"),
        *("role", "schema", "service", "store", "stream", "suite", "type", "unit", "version"),
    }
    assert (first_header["actor"], first_header["unit"]) == ('e"7\\', "河南/网络")
    assert (first_header["suite"], first_header["post"]) == ("intl", "p1")
    assert last_header["causation"] == "cause"
    assert "correlation" not in last_header
    assert "post" not in last_header
    assert rows("SELECT version, head FROM events.streams WHERE stream = %s", stream)[0][0] == 3
    head = rows("SELECT head FROM events.streams WHERE stream = %s", stream)[0][0]
    assert bytes(head) == stored[-1].hash


def test_the_columns_say_what_the_header_says(intake, rows):
    stream = new_stream()
    claimed = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
    intake.append_now(append(stream, 0, event(happened_at=claimed)))
    (stored,) = intake.load_now(stream)
    columns = rows(
        "SELECT type, schema, happened_at, recorded_at FROM events.events WHERE stream = %s", stream
    )
    assert columns == [("Opened", 1, claimed, stored.recorded_at)]
    assert stored.happened_at == claimed


def test_every_event_waits_for_its_place_in_the_feed(intake, rows):
    stream = new_stream()
    intake.append_now(append(stream, 0, event(), event("Noted")))
    queued = rows("SELECT version FROM events.outbox WHERE stream = %s ORDER BY id", stream)
    assert queued == [(1,), (2,)]


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_another_version_than_expected_is_a_conflict_and_changes_nothing(intake, expected):
    stream = new_stream()
    intake.append_now(append(stream, 0, event(), event("Noted")))
    with pytest.raises(VersionConflict) as refused:
        intake.append_now(append(stream, expected, event("Noted")))
    assert (refused.value.expected, refused.value.actual) == (expected, 2)
    assert len(intake.load_now(stream)) == 2


def test_a_repeat_returns_the_first_result(intake):
    stream = new_stream()
    command = append(stream, 0, event(), event("Noted"))
    first = intake.append_now(command)
    intake.append_now(append(stream, 2))
    again = intake.append_now(command)
    assert again.repeated
    assert (again.first_version, again.last_version) == (1, 2)
    assert again.recorded_at == first.recorded_at
    assert len(intake.load_now(stream)) == 3


def test_a_repeat_under_another_new_stream_returns_the_first_stream(intake):
    once = f"register-{new_stream()}"
    first = intake.append_now(append(new_stream(), command=once))
    other = new_stream()
    again = intake.append_now(append(other, command=once))
    assert again.repeated
    assert again.stream == first.stream
    assert intake.load_now(other) == []


def test_a_command_id_with_another_body_is_refused(intake):
    stream = new_stream()
    intake.append_now(append(stream, command=f"c-{stream}"))
    with pytest.raises(CommandReused):
        intake.append_now(append(stream, 1, command=f"c-{stream}", content="something else"))
    assert len(intake.load_now(stream)) == 1


def test_a_refused_command_may_come_again(intake):
    stream = new_stream()
    with pytest.raises(VersionConflict):
        intake.append_now(append(stream, 1, command=f"c-{stream}"))
    assert not intake.append_now(append(stream, 0, command=f"c-{stream}")).repeated


def test_a_claim_up_to_a_minute_ahead_is_cut_to_recorded_at(intake):
    ahead = datetime.now(UTC) + timedelta(seconds=50)
    stream = new_stream()
    intake.append_now(append(stream, 0, event(happened_at=ahead)))
    (stored,) = intake.load_now(stream)
    assert stored.happened_at == stored.recorded_at < ahead


def test_a_claim_further_ahead_is_refused(intake):
    ahead = datetime.now(UTC) + timedelta(hours=1)
    stream = new_stream()
    with pytest.raises(HappenedAhead):
        intake.append_now(append(stream, 0, event(), event("Noted", happened_at=ahead)))
    assert intake.load_now(stream) == []


def test_a_decision_holds_only_within_its_validity(intake):
    past = datetime.now(UTC) - timedelta(hours=1)
    future = datetime.now(UTC) + timedelta(hours=1)
    stream = new_stream()
    with pytest.raises(OutsideValidity):
        intake.append_now(append(stream, not_after=past))
    with pytest.raises(OutsideValidity):
        intake.append_now(append(stream, after=future))
    assert intake.load_now(stream) == []
    intake.append_now(append(stream, not_after=future, after=past))
    assert len(intake.load_now(stream)) == 1


def test_recorded_at_never_goes_back_in_a_stream(shared, intake):
    stream = new_stream()
    intake.append_now(append(stream))
    ahead = datetime(2090, 1, 1, tzinfo=UTC)
    with shared.transaction() as cursor:  # as if the server's clock had been set back since
        cursor.execute(
            "UPDATE events.streams SET recorded_at = %s WHERE stream = %s", (ahead, stream)
        )
    assert intake.append_now(append(stream, 1)).recorded_at == ahead
    assert intake.append_now(append(stream, 2, event("Noted"), event("Noted"))).recorded_at == ahead


def test_only_the_owner_of_a_type_appends_it(intake, dispatch):
    stream = new_stream()
    intake.append_now(append(stream))
    with pytest.raises(NotOwner):
        intake.append_now(append(stream, 1, event("Sent")))
    with pytest.raises(UnknownEvent):
        intake.append_now(append(stream, 1, event("Unheard")))
    with pytest.raises(ValueError, match="intake does not append for dispatch"):
        intake.append_now(append(stream, 1, service="dispatch"))
    assert (
        dispatch.append_now(append(stream, 1, event("Sent"), service="dispatch")).last_version == 2
    )


def test_the_key_is_stored_with_the_first_event(intake, rows):
    stream = new_stream()
    intake.append_now(append(stream, wrapped_key=b"\x00wrapped"))
    ((key,),) = rows("SELECT wrapped_key FROM keys.case_keys WHERE stream = %s", stream)
    assert bytes(key) == b"\x00wrapped"
    with pytest.raises(ValueError, match="first event"):
        intake.append_now(append(stream, 1, wrapped_key=b"another"))


def test_what_no_store_could_take_is_refused_before_it_is_sent(intake):
    stream = new_stream()
    for spoilt in (
        {"command": "a\x1fb"},
        {"command": "a\x00b"},
        {"actor": Actor(staff="", role="handler", unit="u")},
        {"not_after": datetime(2026, 1, 1)},  # noqa: DTZ001 - the point of it
    ):
        with pytest.raises(ValueError, match=r"U\+001F|needs|time zone"):
            intake.append_now(append(stream, **spoilt))
    with pytest.raises(NotCanonical, match="more than"):
        intake.append_now(
            append(stream, 0, event().__class__(type="Opened", schema=1, body=b"x" * 70_000))
        )
    assert intake.load_now(stream) == []


def test_loading_from_a_version_on(intake):
    stream = new_stream()
    intake.append_now(append(stream, 0, event(), event("Noted"), event("Noted")))
    assert [each.version for each in intake.load_now(stream, after_version=1)] == [2, 3]
    assert intake.load_now("complaint/unknown") == []
