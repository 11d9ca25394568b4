"""Several processes on the same few streams, against what must hold whatever they do."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from libs.events.errors import StreamBusy, VersionConflict
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from tests.events.store.chains import assert_sound
from tests.events.store.given import REGISTRY, append, new_stream, numbers


def together(*works) -> list:
    """Runs blocking works at the same moment and returns results or errors in order."""
    results: list = [None] * len(works)
    gate = threading.Barrier(len(works))

    def run(place: int) -> None:
        gate.wait()
        try:
            results[place] = works[place]()
        except VersionConflict as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("attempt", range(5))
def test_two_first_appends_of_one_stream_one_wins(intake, attempt):
    stream = new_stream()
    results = together(*[lambda: intake.append_now(append(stream)) for _ in range(4)])
    conflicts = [each for each in results if isinstance(each, VersionConflict)]
    assert len(conflicts) == 3
    assert {each.actual for each in conflicts} == {1}
    assert len(intake.load_now(stream)) == 1


@pytest.mark.parametrize("attempt", range(5))
def test_one_command_racing_on_several_connections_is_stored_once(intake, attempt):
    command = f"c-race-{new_stream()}"
    results = together(
        *[lambda: intake.append_now(append(new_stream(), command=command)) for _ in range(4)]
    )
    assert len({each.stream for each in results}) == 1
    assert sum(not each.repeated for each in results) == 1


def work_like_a_service(dsn: str, seed: int) -> list[list[object]]:
    """Appends at random to few streams, repeating some commands; returns what it was told."""
    dice = random.Random(seed)
    told: list[list[object]] = []

    async def caller(store: EventStore) -> None:
        for _ in range(12):
            stream = f"complaint/shared-{dice.randrange(6)}"
            version = len(await store.load(stream)) if dice.random() < 0.9 else dice.randrange(4)
            command = append(stream, version, number=numbers("#") if dice.random() < 0.5 else None)
            for _ in range(dice.choice((1, 1, 2))):
                try:
                    done = await store.append(command)
                except VersionConflict:
                    break
                told.append([command.command_id, done.stream, done.last_version, done.number])

    async def main() -> None:
        database = Database(dsn, application_name="racer")
        async with EventStore(database, service="intake", registry=REGISTRY) as store:
            await asyncio.gather(*[caller(store) for _ in range(16)])

    asyncio.run(main())
    return told


def test_processes_racing_on_few_streams_leave_a_sound_store(fresh, fresh_database):
    root = Path(__file__).parents[3]
    code = (
        "import json, sys; from tests.events.store.test_races import work_like_a_service as work;"
        " print(json.dumps(work(sys.argv[1], int(sys.argv[2]))))"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", code, fresh_database, str(seed)],
            cwd=root,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(3)
    ]
    outputs = [racer.communicate(timeout=120)[0] for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0, 0]
    told = [entry for output in outputs for entry in json.loads(output)]
    results: dict[str, tuple] = {}
    for command, *result in told:  # a repeat was told what the first was told
        assert results.setdefault(command, tuple(result)) == tuple(result)
    streams = assert_sound(fresh)
    stored = {(stream, n): c for stream, all_ in streams.items() for n, c in enumerate(all_, 1)}
    assert stored == {(stream, n): command for command, (stream, n, _) in results.items()}
    drawn = sorted(int(number) for _, _, number in results.values() if number)
    assert drawn == list(range(1, len(drawn) + 1))
    assert len(results) > 50


def test_nobody_is_kept_out_by_a_stream_in_constant_use(fresh):
    stream = new_stream()
    store = EventStore(fresh, service="intake", registry=REGISTRY)
    stop = threading.Event()
    version = [0]
    errors: list[Exception] = []

    def hog() -> None:
        # One transaction after the other, each holding the stream until it ends.
        try:
            while not stop.is_set():
                with fresh.transaction() as cursor:
                    for _ in range(3):
                        try:
                            done = store.append_in(cursor, append(stream, version[0]))
                            version[0] = done.last_version
                        except VersionConflict as conflict:
                            version[0] = conflict.actual
        except StreamBusy:
            pass  # somebody stands in line: the hog is the one turned away
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    hogs = threading.Thread(target=hog)
    hogs.start()
    try:
        latecomer = append(stream, 0, command="c-late")
        while True:
            try:
                store.append_now(latecomer)
                break
            except VersionConflict as conflict:
                latecomer = append(stream, conflict.actual, command="c-late")
    finally:
        stop.set()
        hogs.join()
    assert errors == []
    assert "c-late" in assert_sound(fresh)[stream]
