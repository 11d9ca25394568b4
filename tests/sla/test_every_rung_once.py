"""Whatever happens in whatever order: each rung that falls is recorded, once, and only if true.

The oracle is the pure fold of each stream: before a rung's event it must show that rung as due, and
at the end it must show nothing as due.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.casework.bodies import read_body
from libs.casework.folding import fold
from services.sla.preparing import Preparer
from tests.sla.drill import REGULATIONS, Drill

RUNGS = ("DeadlineWarned", "DeadlineMissed")


def identity(clock: str, order: str | None, run: int, due_at: datetime, share: int) -> Any:
    return clock, order, run, due_at, share


def check_stream(drill: Drill, complaint: str) -> set[Any]:
    """Every recorded rung was due on the stream before it; nothing is due any more."""
    events = drill.events(complaint)
    seen = set()
    for place, event in enumerate(events):
        if event.type not in RUNGS:
            continue
        body = read_body(event)
        data = body.data
        due_at = datetime.fromisoformat(str(data["due_at"]))
        rung = identity(str(data["clock"]), body.order, data["run"], due_at, data["share"])
        before = fold(None, events[:place], REGULATIONS)
        assert before is not None
        due = {
            identity(r.clock, r.order, r.run, r.due_at, r.share)
            for r in before.case.clocks.rungs_due(event.recorded_at)
        }
        assert rung in due, f"{rung} was recorded although it had not fallen"
        assert rung not in seen, f"{rung} was recorded twice"
        assert event.type != "DeadlineMissed" or event.recorded_at > due_at
        seen.add(rung)
    assert drill.folded(complaint).clocks.rungs_due(drill.now) == ()
    return seen


moves = st.one_of(
    st.tuples(st.just("pass"), st.integers(1, 40)),
    st.tuples(st.just("register"), st.just(0)),
    st.tuples(
        st.sampled_from(["issue", "feed_back", "answer", "revisit", "extend", "close"]),
        st.integers(0, 3),
    ),
    st.tuples(st.just("project"), st.just(0)),
    st.tuples(st.just("prepare"), st.just(0)),
    st.tuples(st.just("step"), st.integers(1, 5)),
)


class Play:
    """Plays random moves on a few complaints, never more than the stream would bear."""

    def __init__(self, drill: Drill) -> None:
        self.drill = drill
        self.complaints = [drill.register()]
        self.preparer = Preparer(drill.database("sla"), drill.folder)

    def play(self, move: str, number: int) -> None:
        complaint = self.complaints[number % len(self.complaints)]
        moves: dict[str, Callable[[], object]] = {
            "pass": lambda: self.drill.at(self.drill.now + timedelta(hours=number)),
            "register": lambda: self.complaints.append(self.drill.register()),
            "issue": lambda: self.issue(complaint),
            "feed_back": lambda: self.drill.feed_back(complaint, "A"),
            "answer": lambda: self.drill.answer(complaint),
            "revisit": lambda: self.drill.append(complaint, "RevisitMade", reached=True),
            "extend": lambda: self.extend(complaint),
            "close": lambda: self.drill.append(complaint, "ComplaintClosed"),
            "project": self.drill.project,
            "prepare": self.preparer.step,
            "step": lambda: self.drill.watchdog(batch=number).step(),
        }
        moves[move]()

    def issue(self, complaint: str) -> None:
        self.drill.issue(complaint, "ABCD"[self.drill.types(complaint).count("OrderIssued") % 4])

    def extend(self, complaint: str) -> None:
        """A later due time, as it is granted: before the one in force has passed."""
        run = self.drill.folded(complaint).clocks.open_run("answer")
        if run is not None and run.due_at >= self.drill.now:
            new_due = run.due_at + timedelta(hours=50)
            self.drill.append(complaint, "ExtensionGranted", clock="answer", new_due=new_due)


# All examples play in one database: complaints are new, and time only goes forward.
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(moves, min_size=5, max_size=30))
def test_any_interleaving_records_each_rung_once(
    drill: Drill, script: list[tuple[str, int]]
) -> None:
    play = Play(drill)
    for move, number in script:
        play.play(move, number)
    drill.at(drill.now + timedelta(hours=500))
    drill.watch()
    recorded = sum(len(check_stream(drill, name)) for name in play.complaints)
    rows = [name for name, *_ in drill.rungs() if name in set(play.complaints)]
    assert len(rows) == recorded
