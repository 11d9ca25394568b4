"""Whether a workbook may be opened at all: nothing in it may grow beyond bounds when it is read.

A workbook is a ZIP of XML. Before anything builds a tree of it, its directory is looked at and
every XML part is run through a parser that keeps nothing: sizes, compression, nesting, entities,
places of rows and cells, and how much lies between two rows are held against limits that no ledger
comes near.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import IO
from xml.parsers import expat

from services.intake.imports.faults import LedgerRefused

MOST_PARTS = 2_000
MOST_BYTES = 1024 * 1024 * 1024
MOST_BYTES_OF_STRINGS = 256 * 1024 * 1024
STRINGS = "sharedStrings"
"""Texts that cells share are kept in memory as a whole."""
MOST_TIMES_SMALLER = 150
SMALL_PART = 1024 * 1024
"""Below this no compression can do harm."""
MOST_ELEMENTS_A_ROW = 50_000
MOST_TEXT_A_ROW = 4 * 1024 * 1024
DEEPEST = 32
LAST_ROW = 1_048_576
MOST_COLUMNS = 1_000
_PARTS_OF_MANY = frozenset({"row", "si"})
_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})", re.ASCII)
_ROW = re.compile(r"[1-9]\d{0,6}", re.ASCII)
_CHUNK = 64 * 1024


def check_archive(path: Path) -> None:
    """Raises LedgerRefused for what is no workbook, and for one that no ledger would be."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _check_directory(parts)
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    with archive.open(part) as file:
                        _scan(part.filename, file)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise LedgerRefused("the file is no workbook (XLSX): damaged or encrypted") from None


def _check_directory(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MOST_PARTS:
        raise LedgerRefused(f"the workbook has more than {MOST_PARTS} parts")
    if len({part.filename for part in parts}) < len(parts):
        raise LedgerRefused("the workbook has two parts of one name")
    if sum(part.file_size for part in parts) > MOST_BYTES:
        raise LedgerRefused(f"the workbook unpacks to more than {MOST_BYTES >> 20} MiB")
    for part in parts:
        if part.file_size > SMALL_PART and (
            part.file_size > part.compress_size * MOST_TIMES_SMALLER
        ):
            raise LedgerRefused(
                f"a part of the workbook unpacks to more than {MOST_TIMES_SMALLER} times its size"
            )
        if STRINGS in part.filename and part.file_size > MOST_BYTES_OF_STRINGS:
            limit = MOST_BYTES_OF_STRINGS >> 20
            raise LedgerRefused(f"the workbook's texts take more than {limit} MiB")


def _scan(name: str, file: IO[bytes]) -> None:
    scan = _Scan()
    try:
        while chunk := file.read(_CHUNK):
            scan.parser.Parse(chunk, False)
        scan.parser.Parse(b"", True)
    except expat.ExpatError:
        part = name.rpartition("/")[2] if name.isascii() and name.isprintable() else "a part"
        raise LedgerRefused(f"the workbook is damaged: {part} is not well formed") from None


class _Scan:
    """Counts what one XML part holds, and keeps none of it."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._depth = self._elements = self._letters = 0

    def _doctype(self, *_: object) -> None:
        raise LedgerRefused("the workbook declares entities, as no program writes it")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > DEEPEST:
            raise LedgerRefused(f"the workbook nests deeper than {DEEPEST} levels")
        if self._elements > MOST_ELEMENTS_A_ROW:
            raise LedgerRefused(f"the workbook has a row of more than {MOST_ELEMENTS_A_ROW} parts")
        kind = name.rpartition(":")[2]
        if kind == "row":
            _check_row(attributes.get("r"))
        elif kind == "c":
            _check_cell(attributes.get("r"))

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name.rpartition(":")[2] in _PARTS_OF_MANY:
            self._elements = self._letters = 0

    def _text(self, text: str) -> None:
        self._letters += len(text)
        if self._letters > MOST_TEXT_A_ROW:
            raise LedgerRefused(f"the workbook has a row of more than {MOST_TEXT_A_ROW} characters")


def _check_row(place: str | None) -> None:
    if place is not None and (not _ROW.fullmatch(place) or int(place) > LAST_ROW):
        raise LedgerRefused("the workbook has a row outside the sheet")


def _check_cell(place: str | None) -> None:
    if place is None:
        return
    found = _CELL.fullmatch(place)
    if found is None or _column(found[1]) > MOST_COLUMNS or int(found[2]) > LAST_ROW:
        raise LedgerRefused(f"the workbook has a cell beyond column {MOST_COLUMNS}")


def _column(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place
