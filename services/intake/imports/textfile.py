"""Rows of a text ledger (CSV)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from services.intake.imports.encodings import encoding_of
from services.intake.imports.faults import LedgerRefused

LONGEST_CELL = 64 * 1024


def text_rows(
    path: Path, *, encoding: str | None, delimiter: str
) -> Iterator[tuple[int, list[str]]]:
    """Each row with its place in the file, the titles being row 1; read as they are asked for.

    Raises LedgerRefused for a file that is no such text, naming the row.
    """
    found = encoding_of(path, encoding)
    with path.open(encoding=found, newline="") as file:
        # strict: a quotation mark out of place would else swallow cells without a word.
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        csv.field_size_limit(LONGEST_CELL)
        row = 0
        try:
            for row, cells in enumerate(reader, start=1):
                yield row, cells
        except csv.Error as error:
            raise LedgerRefused(f"row {row + 1} is not CSV: {_reason(error)}") from None
        except UnicodeDecodeError:
            raise LedgerRefused(f"row {row + 1} or one after it is not in {found}") from None


def _reason(error: csv.Error) -> str:
    text = str(error)
    if "field larger" in text:
        return f"a cell is longer than {LONGEST_CELL} characters"
    if "unexpected end" in text:
        return "a quotation mark is opened and never closed"
    return (
        "a quotation mark stands inside a cell" if "expected after" in text else "not well formed"
    )
