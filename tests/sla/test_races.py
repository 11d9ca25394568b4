"""Somebody else writes to the stream while the watchdog is at work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from libs.casework.folding import KnownCase
from libs.events.postgres.database import Cursor
from services.sla.folding import CaseFolder, Unfolded
from tests.sla.drill import REGULATIONS, Drill


class InterruptedFolder(CaseFolder):
    """Lets something happen right before, or right after, the streams are read."""

    def __init__(
        self,
        drill: Drill,
        *,
        before: Callable[[], None] | None = None,
        after: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(drill.store("sla"), REGULATIONS)
        self._before, self._after = before, after

    def current(self, cursor: Cursor, complaints: Iterable[str]) -> dict[str, KnownCase | Unfolded]:
        before, self._before = self._before, None
        if before:
            before()
        cases = super().current(cursor, complaints)
        after, self._after = self._after, None
        if after:
            after()
        return cases


def test_an_answer_between_claim_and_reading_is_seen(drill: Drill) -> None:
    complaint = drill.register()
    drill.after(91)
    drill.project()
    folder = InterruptedFolder(drill, before=lambda: drill.answer(complaint))
    drill.watch(drill.watchdog(folder=folder))
    # Warned all the same: at its warning time the clock ran, the answer came after it.
    assert drill.types(complaint) == ["ComplaintRegistered", "CustomerAnswered", "DeadlineWarned"]


def test_an_answer_between_reading_and_append_makes_the_watchdog_judge_again(drill: Drill) -> None:
    complaint = drill.register()
    drill.after(95)
    drill.watch()
    drill.after(100)
    drill.project()
    before = drill.types(complaint)

    def in_time() -> None:
        # Recorded at the due time itself, while the watchdog already holds the row.
        drill.answer(complaint)

    drill.at(drill.now)
    folder = InterruptedFolder(drill, after=in_time)
    watchdog = drill.watchdog(folder=folder)
    while watchdog.step():
        pass
    drill.after(150)
    drill.watch()
    assert drill.types(complaint) == [*before, "CustomerAnswered"]


def test_a_withdrawal_between_reading_and_append_leaves_only_what_fell_before_it(
    drill: Drill,
) -> None:
    complaint = drill.register()
    drill.after(101)
    drill.project()
    folder = InterruptedFolder(drill, after=lambda: drill.append(complaint, "ComplaintWithdrawn"))
    watchdog = drill.watchdog(folder=folder)
    assert watchdog.step() == 0
    assert drill.types(complaint) == ["ComplaintRegistered", "ComplaintWithdrawn"]
    drill.watch(watchdog)
    assert drill.types(complaint)[2:] == ["DeadlineWarned", "DeadlineMissed"]


def test_an_extension_between_reading_and_append_moves_the_rung(drill: Drill) -> None:
    complaint = drill.register()
    drill.after(91)
    drill.project()
    folder = InterruptedFolder(
        drill,
        after=lambda: drill.append(
            complaint, "ExtensionGranted", clock="answer", new_due=drill.now.replace(year=2027)
        ),
    )
    drill.watch(drill.watchdog(folder=folder))
    assert drill.types(complaint) == ["ComplaintRegistered", "ExtensionGranted"]


def test_replicas_share_the_work_and_double_nothing(drill: Drill) -> None:
    complaints = [drill.register() for _ in range(40)]
    for complaint in complaints:
        drill.issue(complaint)
    drill.after(200)
    drill.project()
    replicas = [drill.watchdog(batch=7, folder=drill.new_folder()) for _ in range(3)]
    stop = threading.Event()
    threads = [threading.Thread(target=replica.run, args=(stop,)) for replica in replicas]
    for thread in threads:
        thread.start()
    while drill.rows():
        stop.wait(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    for complaint in complaints:
        types = drill.types(complaint)
        assert types.count("DeadlineWarned") == 3
        assert types.count("DeadlineMissed") == 2
    assert len(drill.rungs()) == 5 * len(complaints)
