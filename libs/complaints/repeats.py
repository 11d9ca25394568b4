"""Whether a complaint is a repeat of an earlier one. Pure."""

from __future__ import annotations

from libs.complaints.state import Case
from libs.procedures.facts import Fact
from libs.procedures.schema import Procedure

LINKED, UNLINKED = "RepeatLinked", "RepeatUnlinked"


def link_of(case: Case) -> Fact | None:
    """The link in force: the last one, unless it was taken back since."""
    linked, unlinked = (case.history.get(kind, ()) for kind in (LINKED, UNLINKED))
    if not linked or (unlinked and unlinked[-1].version > linked[-1].version):
        return None
    return linked[-1]


def counts(case: Case, procedure: Procedure) -> bool:
    """Whether figures count the complaint: a linked repeat does not where a matter counts once."""
    return procedure.repeats.counted == "each" or link_of(case) is None
