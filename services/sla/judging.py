"""What to do about a claimed row, judged on the case as its stream stands. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from libs.casework.folding import KnownCase
from libs.complaints.commands import Decision
from libs.complaints.rungs import decide_rung
from libs.procedures.clocks import Rung
from services.sla.runs import ClockRow, row_of, rungs_to_come


class Record(msgspec.Struct, frozen=True):
    """The rung is true and not on record: append this at the version judged, then move the row.

    `lasting`: the decision stays the same for as long as nothing is added to the stream.
    """

    rung: Rung
    decision: Decision
    then: ClockRow | None
    lasting: bool


class Move(msgspec.Struct, frozen=True):
    """The row was behind its stream: this is what its run comes to next (None: nothing)."""

    to: ClockRow | None


class Leave(msgspec.Struct, frozen=True):
    """Not to be said at this very moment: the row stays and is claimed again."""


Verdict = Record | Move | Leave


def judge(row: ClockRow, case: KnownCase, now: datetime, *, on_record: bool) -> Verdict:
    """Judge a row at `now`, the store's time when it was claimed.

    `on_record`: this very rung was recorded before (an extension to the same due time makes the
    stream ask for it again); it is passed over, never recorded twice.
    """
    rungs = rungs_to_come(row, case)
    rows = [row_of(case, rung) for rung in rungs]
    if not rows or rows[0].identity != row.identity:
        return Move(rows[0] if rows else None)
    then = rows[1] if len(rows) > 1 else None
    if on_record:
        return Move(then)
    pinned = case.pinned
    decision = decide_rung(case.case, rungs[0], pinned.procedure, pinned.calendar, now)
    if decision is None:
        return Leave()
    # What follows a miss by itself is decided by rules that may look at the time.
    follows = pinned.procedure.clocks_by_id[row.clock].consequence is not None
    lasting = decision.valid_until is None and not (follows and rungs[0].kind == "missed")
    return Record(rungs[0], decision, then, lasting)
