"""What the system writes into a step where nobody said it (the procedure's `fills`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from libs.complaints.state import Case, attributes_after, evolve
from libs.procedures.calendar import Calendar
from libs.procedures.catalogue import EVENT_OF
from libs.procedures.clocks.moment import of_class
from libs.procedures.facts import Fact, Value
from libs.procedures.schema import Procedure
from libs.procedures.schema.fields import Fill
from libs.procedures.situation import Situation, Step


def written_in(situation: Situation, fills: Iterable[Fill]) -> Step:
    """The step with the plain values that the procedure writes in, one after the other."""
    for fill in fills:
        if fill.value is not None and _wanted(fill, situation):
            data = {**situation.step.data, fill.field: fill.value}
            situation.step = msgspec.structs.replace(situation.step, data=data)
    return situation.step


def due_times(
    case: Case, step: Step, procedure: Procedure, calendar: Calendar, happened_at: datetime
) -> Step:
    """The step with due times written in, as they stand once the step is taken.

    A time is cut to the minute, so a promise never lies after the limit it stands for.
    """
    for fill in procedure.fills:
        if not fill.due_of or step.action not in fill.at or step.data.get(fill.field) is not None:
            continue
        if case.attributes.get(fill.field) is not None:
            continue
        fact = _fact_of(case, step, happened_at)
        if not _may_run(fill, case, attributes_after(case.attributes, fact), procedure):
            continue
        book = evolve(case, fact, procedure, calendar).clocks
        due = [
            run.due_at
            for run in (book.runs() if book is not None else ())
            if run.clock.id in fill.due_of and run.phase == "open" and run.due_at is not None
        ]
        if due:
            moment = min(due).replace(second=0, microsecond=0)
            step = msgspec.structs.replace(step, data={**step.data, fill.field: moment})
    return step


def _may_run(fill: Fill, case: Case, attributes: Mapping[str, Value], procedure: Procedure) -> bool:
    """Whether one of the fill's clocks can be open after the step: it runs, or is of the class.

    Spares most registrations the fold of a case that is only looked at for its due times.
    """
    running = {run.clock.id for run in case.clocks.runs()} if case.clocks is not None else set()
    return any(
        name in running or of_class(procedure.clocks_by_id[name], attributes)
        for name in fill.due_of
    )


def _wanted(fill: Fill, situation: Situation) -> bool:
    step = situation.step
    if step.action not in fill.at or (step.data.get(fill.field) is not None and not fill.replace):
        return False
    return fill.when is None or fill.when.holds(situation)


def _fact_of(case: Case, step: Step, happened_at: datetime) -> Fact:
    """The event that the step would leave."""
    return Fact(
        type=EVENT_OF[step.action],
        version=case.version + 1,
        happened_at=happened_at,
        recorded_at=happened_at,
        staff=step.staff,
        role=step.role,
        unit=step.unit,
        unit_kind=step.unit_kind,
        post=step.post,
        order=step.order,
        to=step.to,
        to_kinds=step.to_kinds,
        data={name: value for name, value in step.data.items() if name not in step.sealed},
        sealed=step.sealed,
    )
