"""Rows of a workbook (XLSX), read as they are asked for."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from services.intake.imports.archive import check_archive
from services.intake.imports.faults import LedgerRefused

BEGINNING = b"PK\x03\x04"
"""How every ZIP with something in it begins."""


def is_workbook(path: Path) -> bool:
    """Whether the file's bytes, not its name, say that it is a workbook."""
    with path.open("rb") as file:
        return file.read(len(BEGINNING)) == BEGINNING


def workbook_rows(path: Path, *, sheet: str | None) -> Iterator[tuple[int, list[object]]]:
    """Each row of the sheet (the first one when none is named) with its number there.

    Cells are text, numbers, flags, local times or None; formulas count by their last result. Raises
    LedgerRefused for what is no workbook, would grow beyond bounds, or has no such sheet.
    """
    check_archive(path)
    try:
        with warnings.catch_warnings(action="ignore"):
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError, OSError):
        raise LedgerRefused("the file is no workbook (XLSX) that can be read") from None
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise LedgerRefused("the workbook has no sheet of the name in the map")
        page = book[sheet] if sheet is not None else book.worksheets[0]
        # What the sheet says of its own size is not believed: every row is as long as it is.
        page.reset_dimensions()
        yield from enumerate(_values(page.iter_rows(values_only=True)), start=1)
    finally:
        book.close()


def _values(rows: Iterator[tuple[object, ...]]) -> Iterator[list[object]]:
    while True:
        try:
            with warnings.catch_warnings(action="ignore"):
                row = next(rows, None)
        except (KeyError, IndexError, ValueError, TypeError):
            raise LedgerRefused("the workbook is damaged: a cell cannot be read") from None
        if row is None:
            return
        yield list(row)
