"""More time, and standing still: what holds for these in every procedure (FORMAT, `extend`)."""

from __future__ import annotations

from datetime import datetime

from libs.procedures.clocks.deadlines import deadline
from libs.procedures.clocks.declaration import Extension
from libs.procedures.clocks.runs import Run
from libs.procedures.situation import Situation

_PAUSES = ("pause_clock", "resume_clock")


def extension_faults(situation: Situation) -> tuple[str, ...]:
    """Codes of what is wrong with a step that asks for or grants time, or pauses a clock.

    Asking and granting end with the due time in force, so the situation's horizon is set to it.
    """
    action = situation.step.action
    if action not in {"request_extension", "grant_extension", *_PAUSES}:
        return ()
    run = _named_run(situation)
    if run is None or run.due_at is None:
        return ("no-open-clock",)
    if action in _PAUSES:
        return _pause(situation, run, run.due_at)
    # What stands still does not run out.
    if run.paused_at is None and not situation.not_after(run.due_at):
        return ("extension-after-due",)
    return () if action == "request_extension" else _grant(situation, run)


def _named_run(situation: Situation) -> Run | None:
    """The open run of the clock that the step names, on its order where the clock has orders."""
    book, named = situation.clocks, situation.step.data.get("clock")
    if book is None:
        return None
    clock = next((clock for clock in book.plan.clocks if clock.id == named), None)
    if clock is None:
        return None
    return book.open_run(clock.id, situation.step.order if clock.per_order else None)


def _pause(situation: Situation, run: Run, due_at: datetime) -> tuple[str, ...]:
    step, declared = situation.step, run.clock.pausing
    if declared is None:
        return ("clock-cannot-pause",)
    codes = []
    if step.role not in declared.by or declared.unit not in (None, step.unit):
        codes.append("pause-not-by-you")
    if step.action == "resume_clock":
        return (*codes, "clock-not-paused") if run.paused_at is None else tuple(codes)
    if run.paused_at is not None:
        codes.append("clock-paused-already")
    elif not situation.not_after(due_at):
        codes.append("pause-after-due")
    if not (step.data.get("reason") and step.data.get("proof")):
        codes.append("pause-without-proof")
    return tuple(codes)


def _grant(situation: Situation, run: Run) -> tuple[str, ...]:
    new_due = situation.step.data.get("new_due")
    codes = []
    if not isinstance(new_due, datetime) or (run.due_at is not None and new_due <= run.due_at):
        codes.append("extension-not-later")
    declared = run.clock.extension
    if declared is None:
        return tuple(codes)
    way = _way(declared, situation)
    if way is None:
        codes.append("extension-not-by-you")
    elif way.cap is not None and isinstance(new_due, datetime):
        longest = deadline(
            run.started_at, way.cap, situation.frame.timetable.of(run.province)
        ).due_at
        if new_due > longest:
            codes.append("extension-beyond-cap")
    return tuple(codes)


def _way(extension: Extension | None, situation: Situation) -> Extension | None:
    """The declared way by which this step may prolong the clock."""
    step = situation.step
    while extension is not None:
        if (
            step.role in extension.by
            and (extension.unit is None or extension.unit == step.unit)
            and (extension.basis is None or extension.basis == step.data.get("basis"))
            and all(c.holds(situation.attributes.get(c.name)) for c in extension.when)
        ):
            return extension
        extension = extension.alternative
    return None
