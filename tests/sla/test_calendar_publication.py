"""Publishing a calendar moves what it touches: one event each, nothing twice, none for the rest."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from libs.casework.bodies import read_body
from libs.casework.folding import fold
from libs.casework.installing import keep_regulations
from libs.casework.regulations import Regulations
from libs.events.postgres.database import Database
from libs.events.postgres.documents import Documents
from libs.procedures.clocks import Run
from services.sla.repinning import Repinner
from tests.sla.drill import Drill
from tests.sla.publication import ANNOUNCED, DECEMBER, EDITOR, QUIET, announce, install

SHANGHAI = ZoneInfo("Asia/Shanghai")
REPINNED = "CalendarRepinned"


class Scene:
    """A drill whose services follow what its database has published."""

    def __init__(self, owner_dsn: str, dsn_of: Callable[..., str], folder: Path) -> None:
        keep_regulations(owner_dsn, folder)
        self._owner_dsn, self.folder = owner_dsn, folder
        self._database = Database(owner_dsn, application_name="scene")
        self.regulations = Regulations(folder, Documents(self._database))
        self.drill = Drill(owner_dsn, dsn_of, self.regulations)
        self.drill.at(DECEMBER)

    def close(self) -> None:
        self.drill.close()
        self._database.close()

    def register(self) -> str:
        return self.drill.register(procedure="working")

    def announce(self, text: str = ANNOUNCED) -> str:
        version = announce(self._owner_dsn, text)
        self.regulations.refresh()
        return version

    def repinner(self) -> Repinner:
        drill = self.drill
        return Repinner(drill.database("sla"), drill.store("sla"), drill.folder)

    def repin(self) -> None:
        """Let the sla service bring everything up to date."""
        self.drill.project()
        while self.repinner().step():
            pass
        self.drill.project()

    def run(self, complaint: str, clock: str = "reply") -> Run:
        runs = self.drill.folded(complaint).clocks.runs()
        return next(run for run in runs if run.clock.id == clock)

    def due(self, complaint: str, clock: str = "reply") -> str:
        due_at = self.run(complaint, clock).due_at
        assert due_at is not None
        return due_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")

    def repins(self, complaint: str) -> list[dict[str, object]]:
        events = self.drill.events(complaint)
        return [dict(read_body(each).data) for each in events if each.type == REPINNED]


@pytest.fixture
def scene(fresh_database: str, role_dsn: Callable[..., str], tmp_path: Path) -> Iterator[Scene]:
    made = Scene(fresh_database, role_dsn, install(tmp_path / "installed"))
    yield made
    made.close()


def test_the_notice_moves_a_provisional_deadline_with_one_event(scene: Scene) -> None:
    complaint = scene.register()
    before = scene.regulations.calendar.version
    # Eight working days of December, then Monday the 4th and Tuesday the 5th of January.
    assert scene.due(complaint) == "2027-01-06 00:00"
    assert scene.run(complaint).provisional
    version = scene.announce()
    scene.repin()
    assert scene.due(complaint) == "2027-01-07 00:00"
    assert not scene.run(complaint).provisional
    [told] = scene.repins(complaint)
    assert told == {
        "calendar_before": before,
        "calendar_version": version,
        "clocks": ["reply"],
        "orders": ["-"],
        "runs": [1],
        "old_due": ["2027-01-05T16:00:00.000000Z"],
        "new_due": ["2027-01-06T16:00:00.000000Z"],
    }


def test_all_clocks_of_a_complaint_move_with_one_event(scene: Scene) -> None:
    complaint = scene.register()
    scene.drill.at(datetime(2026, 12, 29, 1, 0, tzinfo=UTC))
    scene.drill.issue(complaint)
    assert scene.due(complaint, "repair") == "2027-01-05 17:30"
    scene.announce()
    scene.repin()
    [told] = scene.repins(complaint)
    assert (told["clocks"], told["orders"]) == (["reply", "repair"], ["-", "A"])
    assert scene.due(complaint, "repair") == "2027-01-06 17:30"


def test_what_the_notice_does_not_touch_gets_no_event(scene: Scene) -> None:
    ended = scene.register()
    scene.drill.answer(ended)
    natural = scene.drill.register()
    scene.announce()
    later = scene.register()
    scene.repin()
    assert [scene.repins(each) for each in (ended, natural, later)] == [[], [], []]


def test_a_deadline_that_the_notice_leaves_where_it_was_is_confirmed(scene: Scene) -> None:
    complaint = scene.register()
    scene.announce(QUIET)
    scene.repin()
    [told] = scene.repins(complaint)
    assert told["old_due"] == told["new_due"]
    assert not scene.run(complaint).provisional


def test_publishing_and_working_again_say_nothing_twice(scene: Scene) -> None:
    complaint = scene.register()
    for _ in range(3):
        scene.announce()
        scene.repin()
    assert len(scene.repins(complaint)) == 1


def test_a_clock_that_starts_after_the_notice_counts_by_it_as_well(scene: Scene) -> None:
    complaint = scene.register()
    scene.drill.answer(complaint)
    scene.announce()
    scene.repin()
    assert scene.repins(complaint) == []
    scene.drill.at(datetime(2026, 12, 29, 1, 0, tzinfo=UTC))
    scene.drill.issue(complaint)
    scene.repin()
    assert len(scene.repins(complaint)) == 1
    assert scene.due(complaint, "repair") == "2027-01-06 17:30"


def test_a_later_correction_leaves_what_was_settled(scene: Scene) -> None:
    complaint = scene.register()
    scene.announce()
    scene.repin()
    scene.announce("  2027:\n    new-year: {rest: [01-01..01-06]}\n")
    scene.repin()
    assert len(scene.repins(complaint)) == 1
    assert scene.due(complaint) == "2027-01-07 00:00"


def test_the_stream_alone_tells_old_and_new(scene: Scene) -> None:
    complaint = scene.register()
    scene.announce()
    scene.repin()
    scene.announce("  2027:\n    new-year: {rest: [01-01..01-06]}\n")
    events = scene.drill.events(complaint)

    def due_after(length: int) -> datetime | None:
        # Whoever folds it later, with another calendar in force by then.
        known = fold(None, events[:length], scene.regulations)
        assert known is not None
        assert known.case.clocks is not None
        [reply] = [run for run in known.case.clocks.runs() if run.clock.id == "reply"]
        return reply.due_at

    assert due_after(1) == datetime(2027, 1, 5, 16, tzinfo=UTC)
    assert due_after(2) == datetime(2027, 1, 6, 16, tzinfo=UTC)


def test_the_watchdog_goes_by_the_moved_deadline(scene: Scene) -> None:
    complaint = scene.register()
    scene.drill.append(complaint, "ProgressReported")
    scene.announce()
    scene.repin()
    rows = [row for row in scene.drill.rows() if row[1] == "reply"]
    assert rows[0][4] == datetime(2027, 1, 6, 16, tzinfo=UTC)
    scene.drill.at(datetime(2027, 1, 6, 12, tzinfo=UTC))
    scene.drill.watch()
    assert scene.drill.types(complaint)[-1] == "DeadlineWarned"
    scene.drill.at(datetime(2027, 1, 6, 17, tzinfo=UTC))
    scene.drill.watch()
    assert scene.drill.types(complaint)[-1] == "DeadlineMissed"


def test_no_rung_of_a_provisional_deadline_is_said_before_the_notice_was_looked_at(
    scene: Scene,
) -> None:
    complaint = scene.register()
    scene.drill.append(complaint, "ProgressReported")
    scene.drill.project()
    scene.announce()
    scene.drill.at(datetime(2027, 1, 6, 12, tzinfo=UTC))
    assert scene.drill.watchdog().step() == 0
    scene.repin()
    scene.drill.watch()
    assert scene.drill.types(complaint)[-2:] == [REPINNED, "DeadlineWarned"]


def test_repinners_killed_at_any_moment_repin_each_once(
    scene: Scene, role_dsn: Callable[..., str]
) -> None:
    complaints = [scene.register() for _ in range(40)]
    scene.drill.project()
    scene.announce()
    command = [
        sys.executable, "-m", "tests.sla.publication", role_dsn("redress_sla"), str(scene.folder)
    ]  # fmt: skip
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    chance = random.Random(7)
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdin is not None
        assert worker.stdout.readline() == "ready\n"
        worker.stdin.write("work\n")
        worker.stdin.flush()
        assert worker.stdout.readline() == "working\n"
        time.sleep(chance.uniform(0, 0.08))
        worker.kill()
        worker.communicate()
    done = sum(len(scene.repins(each)) for each in complaints)
    assert done < len(complaints), "killed too late to prove anything"
    scene.repin()
    assert [len(scene.repins(each)) for each in complaints] == [1] * len(complaints)


def test_the_publication_is_on_record_with_the_version_before_it(scene: Scene) -> None:
    before = scene.regulations.calendar.version
    version = scene.announce()
    events = scene.drill.store("sla").load_now("calendar/national")
    assert [each.type for each in events] == [
        "PublicationOpened", "PublicationPublished", "PublicationPublished",
    ]  # fmt: skip
    assert before in events[1].body.decode()
    assert version in events[2].body.decode()
    assert events[2].actor == EDITOR
