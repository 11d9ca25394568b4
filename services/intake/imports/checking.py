"""The whole ledger looked at before any of it is kept: shapes, numbers, rules broken back then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from libs.casework.regulations import Pinned
from libs.complaints.retelling import Retelling, retell
from libs.procedures.calendar import CalendarRangeError
from libs.procedures.numbering import may_come
from libs.procedures.schema import Procedure
from services.intake.imports.columnmap import ColumnMap
from services.intake.imports.faults import Objection, RowFault
from services.intake.imports.ledger import Format, open_ledger
from services.intake.imports.report import Report
from services.intake.imports.rows import RowReader, ToldComplaint

Tell = Callable[[int], None]
"""Told every now and then how many rows have been gone through."""
TELL_EVERY = 200


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger to be brought in: its file, its map, what its complaints are judged by from now on.

    `fingerprint` names the file by its bytes. `numbered`: the procedures whose numbers must not be
    taken by old ones.
    """

    path: Path
    fingerprint: str
    plan: ColumnMap
    pinned: Pinned
    numbered: tuple[Procedure, ...]


def complaints(job: Job, until: datetime) -> Iterator[ToldComplaint | list[RowFault]]:
    """Row by row what the ledger tells until then. Raises LedgerRefused."""
    plan = job.plan
    form = Format(encoding=plan.encoding, delimiter=plan.delimiter, sheet=plan.sheet)
    ledger = open_ledger(job.path, form)
    reader = RowReader(ledger.titles, plan, job.pinned.procedure, until)
    for row, cells in ledger.rows:
        yield reader.read(row, cells)


def history(job: Job, told: ToldComplaint, until: datetime, *, judge: bool) -> Retelling:
    """The complaint's events until then. Raises CalendarRangeError for times out of calendars."""
    pinned = job.pinned
    return retell(told.steps, pinned.procedure, pinned.calendar, until, judge=judge)


def check(
    job: Job,
    until: datetime,
    report: Report,
    taken: Callable[[list[str]], set[str]],
    tell: Tell,
) -> None:
    """Go through every row and say in the report what is wrong, and which rules were broken.

    `taken` says which numbers some complaint has already. Keeps nothing of the rows but their
    numbers. Raises LedgerRefused.
    """
    rows_of: dict[str, int] = {}
    for told in complaints(job, until):
        report.rows += 1
        faults = told if isinstance(told, list) else _looked_at(job, told, until, rows_of, report)
        if faults:
            report.faulty(faults)
        if report.rows % TELL_EVERY == 0:
            tell(report.rows)
    tell(report.rows)
    for row in sorted(rows_of[number] for number in taken(list(rows_of))):
        report.faulty([_number_fault(row, "is the number of a complaint stored here")])


def _looked_at(
    job: Job, told: ToldComplaint, until: datetime, rows_of: dict[str, int], report: Report
) -> list[RowFault]:
    first = rows_of.setdefault(told.number, told.row)
    if first != told.row:
        return [_number_fault(told.row, f"is the number of row {first} as well")]
    if any(
        may_come(procedure.numbering, told.number, until, ZoneInfo(procedure.timezone))
        for procedure in job.numbered
    ):
        return [_number_fault(told.row, "may still be drawn here: give a prefix in the map")]
    try:
        retelling = history(job, told, until, judge=True)
    except CalendarRangeError:
        return [RowFault(row=told.row, field="register.at", reason="lies outside the calendar")]
    for action, rule in retelling.broken:
        report.objected(Objection(row=told.row, action=action, rule=rule))
    return []


def _number_fault(row: int, reason: str) -> RowFault:
    return RowFault(row=row, field="number", reason=reason)
