"""What the watchdog records, when, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest

from libs.casework.folding import KnownCase
from libs.casework.identifiers import stream_of
from libs.events.postgres.database import Cursor, Database
from services.sla.folding import CaseFolder, Unfolded
from services.sla.preparing import Preparer
from services.sla.sql import SQL
from tests.sla.drill import CALENDAR, HOUR, REGULATIONS, START, Drill

MICROSECOND = timedelta(microseconds=1)


class BlindFolder(CaseFolder):
    """Says when a case is folded that need not be."""

    def current(self, cursor: Cursor, complaints: Iterable[str]) -> dict[str, KnownCase | Unfolded]:
        pytest.fail("folded again")


def test_nothing_is_recorded_before_its_time(drill: Drill) -> None:
    complaint = drill.register()
    drill.after(89.99)
    drill.watch()
    assert drill.types(complaint) == ["ComplaintRegistered"]


def test_a_clock_is_warned_at_nine_tenths_of_its_time(drill: Drill) -> None:
    complaint = drill.register()
    drill.after(90.5)
    drill.watch()
    _, warned = drill.events(complaint)
    assert warned.type == "DeadlineWarned"
    assert warned.happened_at == START + 90 * HOUR
    assert warned.recorded_at == START + 90.5 * HOUR
    assert (warned.actor.role, warned.actor.unit) == ("system", "henan/centre")
    [(_, rung, rung_at, detected_at)] = drill.rungs()
    assert (rung, rung_at, detected_at) == (
        "warned-900",
        warned.happened_at,
        warned.recorded_at,
    )


def test_a_clock_still_running_after_its_due_time_is_missed(drill: Drill) -> None:
    complaint = drill.register()
    drill.after(95)
    drill.watch()
    drill.after(101)
    drill.watch()
    _, _, missed = drill.events(complaint)
    assert missed.type == "DeadlineMissed"
    assert missed.happened_at == START + 100 * HOUR
    assert missed.recorded_at == START + 101 * HOUR
    assert drill.rows() == []


def test_a_clock_at_its_very_due_time_is_neither_missed_nor_over(drill: Drill) -> None:
    complaint = drill.register()
    drill.after(100)
    drill.watch()
    assert drill.types(complaint) == ["ComplaintRegistered", "DeadlineWarned"]
    drill.at(START + 100 * HOUR + MICROSECOND)
    drill.watch()
    assert drill.types(complaint)[2:] == ["DeadlineMissed"]


def test_an_answer_at_the_very_due_time_is_in_time(drill: Drill) -> None:
    complaint = drill.register()
    drill.after(100)
    drill.watch()
    drill.answer(complaint)
    assert drill.events(complaint)[-1].recorded_at == START + 100 * HOUR
    drill.after(101)
    drill.watch()
    assert "DeadlineMissed" not in drill.types(complaint)


def test_an_answer_in_time_is_never_followed_by_a_miss(drill: Drill) -> None:
    complaint = drill.register()
    drill.after(99)
    drill.watch()
    drill.answer(complaint)
    # The rows still say that the answer is awaited.
    drill.after(101)
    watchdog = drill.watchdog()
    while watchdog.step():
        pass
    assert drill.types(complaint) == ["ComplaintRegistered", "DeadlineWarned", "CustomerAnswered"]


def test_a_late_answer_leaves_the_miss_on_record(drill: Drill) -> None:
    complaint = drill.register()
    drill.after(101)
    drill.answer(complaint)
    drill.watch()
    assert drill.types(complaint) == [
        "ComplaintRegistered",
        "CustomerAnswered",
        "DeadlineWarned",
        "DeadlineMissed",
    ]


def test_a_warning_and_a_miss_both_past_are_both_recorded_oldest_first(drill: Drill) -> None:
    complaint = drill.register()
    drill.after(500)
    drill.watch()
    assert drill.types(complaint)[1:] == ["DeadlineWarned", "DeadlineMissed"]
    assert [rung for _, rung, _, _ in drill.rungs()] == ["warned-900", "missed-1000"]


def test_every_warning_of_an_order_urges_its_unit(drill: Drill) -> None:
    complaint = drill.register()
    drill.issue(complaint)
    drill.after(9.5)
    drill.watch()
    assert drill.types(complaint)[2:] == [
        "DeadlineWarned",
        "OrderUrged",
        "DeadlineWarned",
        "OrderUrged",
    ]
    assert [rung for _, rung, _, _ in drill.rungs()] == ["warned-500", "warned-900"]


def test_orders_run_by_themselves(drill: Drill) -> None:
    complaint = drill.register()
    drill.issue(complaint, "A")
    drill.issue(complaint, "B")
    drill.after(4)
    drill.feed_back(complaint, "A")
    drill.after(11)
    drill.watch()
    missed = [event.body for event in drill.events(complaint) if event.type == "DeadlineMissed"]
    assert len(missed) == 1
    assert b'"order":"B"' in missed[0]


def test_an_extension_moves_what_is_to_come(drill: Drill) -> None:
    complaint = drill.register()
    drill.after(95)
    drill.watch()
    new_due = START + 300 * HOUR
    drill.append(complaint, "ExtensionGranted", clock="answer", new_due=new_due)
    drill.after(260)
    drill.watch()
    assert drill.types(complaint) == ["ComplaintRegistered", "DeadlineWarned", "ExtensionGranted"]
    drill.after(301)
    drill.watch()
    assert drill.types(complaint)[3:] == ["DeadlineWarned", "DeadlineMissed"]
    assert drill.events(complaint)[-1].happened_at == new_due


def test_what_follows_a_miss_by_itself_happens_with_it(drill: Drill) -> None:
    complaint = drill.register()
    drill.answer(complaint)
    drill.after(130)
    drill.watch()
    answered, missed, closed = drill.events(complaint)[1:]
    assert (missed.type, closed.type) == ("DeadlineMissed", "ComplaintClosed")
    assert missed.happened_at == closed.happened_at == answered.recorded_at + 120 * HOUR
    assert drill.rows() == []


def test_what_follows_a_miss_is_decided_on_the_stream_as_it_stands(drill: Drill) -> None:
    complaint = drill.register()
    drill.answer(complaint)
    drill.project()
    drill.after(100)
    drill.append(complaint, "RevisitMade", reached=True)
    drill.after(130)
    watchdog = drill.watchdog()
    while watchdog.step():
        pass
    assert drill.types(complaint)[2:] == ["RevisitMade"]


def test_after_an_outage_everything_appears_oldest_first_with_both_times(drill: Drill) -> None:
    complaints = []
    for _ in range(5):
        complaints.append(drill.register())
        drill.issue(complaints[-1])
        drill.at(drill.now + HOUR)
    drill.after(16)
    drill.project()
    watchdog = drill.watchdog(batch=1)
    while watchdog.step():
        pass
    rungs = drill.rungs()
    due = [rung_at for _, _, rung_at, _ in rungs]
    assert len(rungs) == 15
    assert due == sorted(due)
    assert all(detected_at == START + 16 * HOUR for _, _, _, detected_at in rungs)
    for complaint in complaints:
        rungs_of_order = [e for e in drill.events(complaint) if e.type.startswith("Deadline")]
        times = [event.happened_at for event in rungs_of_order]
        assert times == sorted(times)


def test_several_rungs_of_one_complaint_in_one_batch_lose_nothing(drill: Drill) -> None:
    complaint = drill.register()
    for order in "ABCD":
        drill.issue(complaint, order)
    drill.after(200)
    drill.watch()
    assert drill.types(complaint).count("DeadlineWarned") == 9
    assert drill.types(complaint).count("DeadlineMissed") == 5


def test_the_rows_say_what_comes_next_and_go_when_nothing_does(drill: Drill) -> None:
    complaint = drill.register()
    drill.project()
    [(name, clock, order, run, due_at, rung, rung_at)] = drill.rows()
    assert (name, clock, order, run) == (complaint, "answer", "", 1)
    assert due_at == START + 100 * HOUR
    assert (rung, rung_at) == ("warned-900", START + 90 * HOUR)
    drill.append(complaint, "ComplaintClosed")
    drill.project()
    assert drill.rows() == []


def test_a_stream_in_somebody_elses_hands_is_left_for_the_next_round(drill: Drill) -> None:
    busy, free = drill.register(), drill.register()
    drill.after(91)
    drill.project()
    watchdog = drill.watchdog()
    with drill.database("sla").transaction() as cursor:
        # As an append that has not committed yet holds it.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (stream_of(busy),))
        watchdog.step()
        assert drill.types(busy) == ["ComplaintRegistered"]
        assert drill.types(free)[-1] == "DeadlineWarned"
    watchdog.step()
    assert drill.types(busy)[-1] == "DeadlineWarned"


@pytest.mark.parametrize("rows", ["kept", "lost"])
def test_a_rebuilt_or_stale_row_never_repeats_a_rung(drill: Drill, rows: str) -> None:
    complaint = drill.register()
    drill.project()
    stale = drill.rows()
    drill.after(95)
    drill.watch()
    with drill.database("sla").transaction() as cursor:
        cursor.execute("DELETE FROM sla.open_clocks")
        if rows == "kept":
            cursor.execute("INSERT INTO sla.open_clocks VALUES (%s,%s,%s,%s,%s,%s,%s,1)", stale[0])
    drill.watch()
    assert drill.types(complaint) == ["ComplaintRegistered", "DeadlineWarned"]


def prepare(drill: Drill) -> None:
    preparer = Preparer(drill.database("sla"), drill.folder)
    while preparer.step():
        pass


def test_what_comes_up_is_judged_ahead_and_recorded_at_its_time_only(drill: Drill) -> None:
    complaint = drill.register()
    drill.issue(complaint)
    drill.after(4.5)
    drill.project()
    prepare(drill)
    drill.watch()
    assert drill.types(complaint) == ["ComplaintRegistered", "OrderIssued"]
    drill.after(5)
    watchdog = drill.watchdog(folder=BlindFolder(drill.store("sla"), REGULATIONS))
    assert watchdog.step() == 1
    assert drill.types(complaint)[2:] == ["DeadlineWarned", "OrderUrged"]
    assert [rung for _, rung, _, _ in drill.rungs()] == ["warned-500"]


def test_what_was_judged_ahead_counts_only_if_the_stream_has_not_moved(drill: Drill) -> None:
    complaint = drill.register()
    drill.issue(complaint)
    drill.after(4.5)
    drill.project()
    prepare(drill)
    drill.feed_back(complaint)
    drill.after(6)
    watchdog = drill.watchdog()
    while watchdog.step():
        pass
    assert drill.types(complaint) == ["ComplaintRegistered", "OrderIssued", "OrderFedBack"]


def test_a_miss_with_a_consequence_is_not_judged_ahead(drill: Drill) -> None:
    complaint = drill.register()
    drill.answer(complaint)
    drill.after(119.5)
    drill.project()
    prepare(drill)
    drill.after(121)
    drill.watch()
    assert drill.types(complaint)[2:] == ["DeadlineMissed", "ComplaintClosed"]


def test_a_miss_judged_ahead_is_not_recorded_at_its_due_time_but_after_it(drill: Drill) -> None:
    complaint = drill.register()
    drill.after(95)
    drill.watch()
    drill.after(99.5)
    prepare(drill)
    drill.after(100)
    drill.watch()
    assert "DeadlineMissed" not in drill.types(complaint)
    drill.at(START + 100 * HOUR + MICROSECOND)
    drill.watch()
    assert drill.types(complaint)[2:] == ["DeadlineMissed"]


STRAY = "s1-" + "0" * 32


def add_stray_row(drill: Drill) -> None:
    """A row whose stream is not there: nothing can be said about it."""
    with drill.database("sla").transaction() as cursor:
        cursor.execute(
            "INSERT INTO sla.open_clocks"
            " (complaint, clock, order_id, run, due_at, rung, rung_at, version)"
            " VALUES (%s, 'answer', '', 1, %s, 'warned-900', %s, 1)",
            (STRAY, START, START),
        )


def test_a_row_that_cannot_be_judged_is_set_aside_and_the_others_go_on(drill: Drill) -> None:
    complaint = drill.register()
    drill.after(91)
    add_stray_row(drill)
    drill.watch()
    assert drill.types(complaint)[-1] == "DeadlineWarned"
    assert drill.watchdog().step() == 0
    assert drill.parked() == [(STRAY, "no such stream")]


def test_a_row_set_aside_gets_another_chance_when_a_watchdog_starts(drill: Drill) -> None:
    add_stray_row(drill)
    drill.after(91)
    drill.watch()
    drill.watchdog().unpark()
    assert drill.parked() == []


def test_one_row_that_spoils_its_batch_does_not_keep_the_others(drill: Drill) -> None:
    spoilt, sound = drill.register(), drill.register()
    drill.after(91)
    drill.project()
    prepare(drill)
    with drill.database("sla").transaction() as cursor:
        # On record although the stream does not show it, and judged ahead before that was known.
        cursor.execute(
            "INSERT INTO sla.rungs SELECT complaint, clock, order_id, run, due_at, rung, rung_at,"
            " 1, rung_at FROM sla.open_clocks WHERE complaint = %s",
            (spoilt,),
        )
    drill.watch()
    assert drill.types(sound)[-1] == "DeadlineWarned"
    assert drill.types(spoilt) == ["ComplaintRegistered"]
    [(complaint, reason)] = drill.parked()
    assert complaint == spoilt
    assert "UniqueViolation" in reason


def test_looking_for_what_is_due_enters_the_index_by_time(
    drill: Drill, fresh_database: str
) -> None:
    owner = Database(fresh_database, application_name="test")
    with owner.transaction() as cursor:
        cursor.execute(
            "INSERT INTO sla.open_clocks"
            " (complaint, clock, order_id, run, due_at, rung, rung_at, version)"
            " SELECT 's1-' || n, 'answer', '', 1, at, 'warned-900', at, 1"
            " FROM generate_series(1, 20000) AS n,"
            " LATERAL (SELECT %s::timestamptz + n * interval '1 minute') AS made (at)",
            (START + HOUR,),
        )
        cursor.execute("ANALYZE sla.open_clocks")
        cursor.execute("EXPLAIN " + SQL["claim_due"], {"limit": 500, "calendar": CALENDAR})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    owner.close()
    assert "Index Scan using open_clocks_next_rung" in plan
    assert "Index Cond: (rung_at <= " in plan
    assert "Sort" not in plan
