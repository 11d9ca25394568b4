"""Which letters of apology fit a complaint as it stands."""

from __future__ import annotations

from datetime import datetime

from libs.complaints.decide import situation_of
from libs.complaints.state import Case
from libs.procedures.calendar import Calendar
from libs.procedures.letters import Letter
from libs.procedures.schema import Procedure
from libs.procedures.situation import Step


def letters_that_fit(
    case: Case, procedure: Procedure, calendar: Calendar, now: datetime
) -> tuple[Letter, ...]:
    """The letters to propose now, in the file's order: one of their events has happened, their
    condition holds, and they were not sent yet.
    """
    if not procedure.letters or case.status == "destroyed":
        return ()
    sent = {fact.data.get("letter") for fact in case.history.get("ApologySent", ())}
    step = Step(action="apologise", staff="", role="", unit="")
    situation = situation_of(case, step, procedure, calendar, now)
    return tuple(
        letter
        for letter in procedure.letters
        if letter.id not in sent
        and any(event in case.history for event in letter.after)
        and (letter.when is None or letter.when.holds(situation))
    )
