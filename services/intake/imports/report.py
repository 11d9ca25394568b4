"""What an import has to say: counts of everything, single lines up to a bound, no value ever."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import msgspec

from services.intake.imports.faults import Objection, RowFault

MOST_LINES = 10_000
MOST_SHOWN = 20
MOST_KINDS = 1_000
TITLES = ("row", "kind", "field", "reason")


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A report in short.

    `faults` and `objections`: how many of each kind; the first ones are in `first_faults`.
    """

    rows: int
    faulty_rows: int
    faults: dict[str, int]
    objections: dict[str, int]
    first_faults: tuple[RowFault, ...]
    lines_left_out: int


class Report:
    """Gathers faults and broken rules; writes a line of each to a file, if there is one."""

    def __init__(self, file: TextIO | None = None) -> None:
        self._writer: Any = None if file is None else csv.writer(file)
        if self._writer is not None:
            self._writer.writerow(TITLES)
        self._lines = self._left_out = 0
        self.rows = self.faulty_rows = 0
        self._faults: Counter[str] = Counter()
        self._objections: Counter[str] = Counter()
        self._first: list[RowFault] = []

    def faulty(self, faults: list[RowFault]) -> None:
        """Take up what is wrong with one row."""
        self.faulty_rows += 1
        for fault in faults:
            _count(self._faults, f"{fault.field} {fault.reason}")
            if len(self._first) < MOST_SHOWN:
                self._first.append(fault)
            self._write(fault.row, "fault", fault.field, fault.reason)

    def objected(self, objection: Objection) -> None:
        """Take up a rule that a row's history breaks."""
        _count(self._objections, f"{objection.action}: {objection.rule}")
        self._write(objection.row, "rule", objection.action, objection.rule)

    def summary(self) -> Summary:
        """All of it in short; the most frequent kinds come first."""
        return Summary(
            rows=self.rows,
            faulty_rows=self.faulty_rows,
            faults=dict(self._faults.most_common()),
            objections=dict(self._objections.most_common()),
            first_faults=tuple(self._first),
            lines_left_out=self._left_out,
        )

    def _write(self, row: int, kind: str, field: str, reason: str) -> None:
        if self._lines >= MOST_LINES:
            self._left_out += 1
            return
        self._lines += 1
        if self._writer is not None:
            self._writer.writerow((row, kind, field, reason))


@contextmanager
def report_to(path: Path | None) -> Iterator[Report]:
    """A report that is also written to a CSV file, as spreadsheets open it without asking."""
    if path is None:
        yield Report()
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        yield Report(file)


def _count(counts: Counter[str], kind: str) -> None:
    if kind in counts or len(counts) < MOST_KINDS:
        counts[kind] += 1
    else:
        counts["others"] += 1
