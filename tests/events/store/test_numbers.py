"""Running numbers: drawn inside the append, without gaps and without doubles."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime

import pytest

from libs.events.errors import VersionConflict
from libs.events.postgres.batch import picture
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from tests.events.store.given import REGISTRY, append, event, new_stream, numbers


@pytest.fixture
def at(fresh: Database):
    """Sets the time of a simulated store."""
    with fresh.transaction() as cursor:
        cursor.execute("SELECT events.declare_simulation('2023-05-01T00:00:00Z', 1e-9)")

    def set_to(text: str) -> None:
        with fresh.transaction() as cursor:
            cursor.execute("SELECT events.set_clock(%s, 1e-9)", (text,))

    return set_to


@pytest.fixture
def store(fresh: Database) -> EventStore:
    return EventStore(fresh, service="intake", registry=REGISTRY)


def test_the_header_of_the_named_event_carries_the_number(store):
    stream = new_stream()
    drawn = numbers("YYYY-####", event_index=1)
    done = store.append_now(append(stream, 0, event(), event("Noted"), number=drawn))
    first, second = store.load_now(stream)
    assert done.number == second.number == json.loads(second.header)["number"]
    assert first.number is None
    assert done.number.endswith("-0001")


def test_a_repeat_returns_the_number_and_draws_no_other(store):
    command = append(new_stream(), number=numbers())
    first = store.append_now(command)
    assert store.append_now(command).number == first.number
    following = store.append_now(append(new_stream(), number=numbers()))
    assert int(following.number) == int(first.number) + 1


def test_a_refused_command_draws_no_number(store):
    first = store.append_now(append(new_stream(), number=numbers()))
    with pytest.raises(VersionConflict):
        store.append_now(append(new_stream(), 5, number=numbers()))
    second = store.append_now(append(new_stream(), number=numbers()))
    assert int(second.number) == int(first.number) + 1


@pytest.mark.parametrize(
    ("resets", "pattern", "expected"),
    [
        # One instant before and after a turn of the day, month and year in Shanghai (UTC+8).
        ("daily", "YYMMDD##", ["23053101", "23053102", "23060101", "24010101"]),
        ("monthly", "YYMM####", ["23050001", "23050002", "23060001", "24010001"]),
        ("yearly", "YYYY##", ["202301", "202302", "202303", "202401"]),
        ("never", "'NO'#", ["NO1", "NO2", "NO3", "NO4"]),
    ],
)
def test_periods_turn_by_the_time_of_the_place(store, at, resets, pattern, expected):
    drawn = []
    for instant in (
        "2023-05-31T15:00:00Z",
        "2023-05-31T15:59:59Z",
        "2023-05-31T16:00:00Z",
        "2023-12-31T16:00:00Z",
    ):
        at(instant)
        series = numbers(pattern, resets=resets)
        drawn.append(store.append_now(append(new_stream(), number=series)).number)
    assert drawn == expected


def test_series_count_apart_and_overflow_widens(store):
    for expected in ("8", "9", "10", "11"):
        if expected == "8":
            for _ in range(7):
                store.append_now(append(new_stream(), number=numbers("#", series="narrow")))
        done = store.append_now(append(new_stream(), number=numbers("#", series="narrow")))
        assert done.number == expected
    other = store.append_now(append(new_stream(), number=numbers("#", series="other")))
    assert other.number == "1"


def test_one_batch_draws_for_several_series_in_order(store, fresh):
    wanted = [append(new_stream(), number=numbers("##", series=s)) for s in "abaab"]
    wanted.insert(2, append(new_stream()))
    with fresh.transaction() as cursor:
        results = store.append_all_in(cursor, wanted)
    assert [each.number for each in results] == ["01", "01", None, "02", "03", "02"]


def test_many_at_once_leave_no_gap_and_no_double(fresh, store):
    drawn: list[str] = []

    def register() -> None:
        for _ in range(15):
            done = store.append_now(append(new_stream(), number=numbers("######", resets="never")))
            drawn.append(done.number)
            with pytest.raises(VersionConflict):
                store.append_now(append(new_stream(), 3, number=numbers("######", resets="never")))

    threads = [threading.Thread(target=register) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(int, drawn)) == list(range(1, 91))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("YYMM####", "YYMM####"),
        ("HA-YYYYMMDD-##", '"H""A""-"YYYYMMDD"-"##'),
        ("'MMDD'YY#", '"MMDD"YY#'),
        ("受理#号", '"受""理"#"号"'),
    ],
)
def test_patterns_become_pictures(pattern, expected):
    assert picture(pattern) == expected


@pytest.mark.parametrize("pattern", ["YYMM", "##-##", "'open#", "'a#b'#", '"#', "\\#", ""])
def test_a_pattern_without_one_running_number_is_refused(pattern):
    with pytest.raises(ValueError, match="numbering pattern"):
        picture(pattern)


def test_the_running_clock_decides_the_period(store):
    done = store.append_now(append(new_stream(), number=numbers("YYYYMM#", timezone="UTC")))
    assert done.recorded_at.astimezone(UTC).strftime("%Y%m") == done.number[:6]
    assert done.recorded_at <= datetime.now(UTC)
