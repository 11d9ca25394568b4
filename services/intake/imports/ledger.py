"""A ledger as rows of cells under titles, whatever kind of file it is."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path

import msgspec

from services.intake.imports.faults import LedgerRefused
from services.intake.imports.textfile import text_rows
from services.intake.imports.workbook import is_workbook, workbook_rows

MOST_ROWS = 1_000_000
MOST_BYTES = 1024 * 1024 * 1024
_CHUNK = 1024 * 1024


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """What the map says about the file itself; the bytes say the rest."""

    encoding: str | None = None
    delimiter: str = ","
    sheet: str | None = None


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """An opened ledger. `rows` can be gone through once: place in the file, cells by their title.

    A row is as long as the titles; rows without any content are left out and counted by nobody.
    """

    titles: tuple[str, ...]
    rows: Iterator[tuple[int, list[object]]]


def open_ledger(path: Path, form: Format) -> Ledger:
    """Open a ledger and read its titles. Raises LedgerRefused; `rows` raises it as well."""
    if path.stat().st_size > MOST_BYTES:
        raise LedgerRefused(f"the file is larger than {MOST_BYTES >> 20} MiB")
    rows: Iterator[tuple[int, list[object]]]
    if is_workbook(path):
        rows = workbook_rows(path, sheet=form.sheet)
    else:
        rows = (
            (row, list[object](cells))
            for row, cells in text_rows(path, encoding=form.encoding, delimiter=form.delimiter)
        )
    filled = ((row, cells) for row, cells in rows if any(not is_empty(cell) for cell in cells))
    first = next(filled, None)
    if first is None:
        raise LedgerRefused("the file has no title row")
    titles = _without_tail([_title(cell) for cell in first[1]])
    exact = not is_workbook(path)
    return Ledger(titles=tuple(titles), rows=_fitted(filled, len(titles), exact=exact))


def fingerprint(path: Path) -> str:
    """Hex SHA-256 of the file's bytes: what makes a ledger this ledger."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def is_empty(cell: object) -> bool:
    """Whether nothing is written in the cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _title(cell: object) -> str:
    return "" if cell is None else " ".join(str(cell).split())


def _without_tail(titles: list[str]) -> list[str]:
    while titles and not titles[-1]:
        titles.pop()
    return titles


def _fitted(
    rows: Iterator[tuple[int, list[object]]], width: int, *, exact: bool
) -> Iterator[tuple[int, list[object]]]:
    for count, (row, cells) in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise LedgerRefused(f"the ledger has more than {MOST_ROWS:,} rows: split it")
        if any(not is_empty(cell) for cell in itertools.islice(cells, width, None)):
            raise LedgerRefused(f"row {row} has a cell to the right of the titles")
        if exact and len(cells) < width:
            # In a text file a cell too few most likely shifts all that follow it.
            raise LedgerRefused(f"row {row} has {len(cells)} cells under {width} titles")
        yield row, [*cells[:width], *[None] * (width - len(cells))]
