"""Which encoding a text ledger is in, decided strictly over all of its bytes.

UTF-8 (with or without byte order mark) or GB18030, the whole file in one of them. Bytes of Chinese
text in GB18030 are hardly ever valid UTF-8, so a line of either kind gives itself away; a file with
lines of both kinds was put together from two and is refused.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from services.intake.imports.faults import LedgerRefused

Encoding = Literal["utf-8", "utf-8-sig", "gb18030"]
LONGEST_LINE = 1024 * 1024
_LATIN_TO_ARABIC_ONLY = 0xE0
_FOREIGN_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


def encoding_of(path: Path, declared: str | None = None) -> Encoding:
    """The file's encoding; `declared` settles what the bytes leave open.

    Raises LedgerRefused for bytes that fit neither, naming the first row, for both in one file, and
    for what is no text at all.
    """
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith(_FOREIGN_MARKS):
            raise LedgerRefused("the file is in UTF-16 or UTF-32: save it as UTF-8 or GB18030")
        marked = start.startswith(codecs.BOM_UTF8)
        file.seek(len(codecs.BOM_UTF8) if marked else 0)
        if marked or declared is not None:
            wanted = "utf-8" if marked else str(declared)
            _require(file, wanted)
            return "utf-8-sig" if marked else ("gb18030" if wanted == "gb18030" else "utf-8")
        return _detected(file)


def _require(file: BinaryIO, encoding: str) -> None:
    for row, line in _lines(file):
        if not _fits(line, encoding):
            raise LedgerRefused(f"row {row} is not in {encoding}, as the file should be")


def _detected(file: BinaryIO) -> Encoding:
    first: dict[str, int] = {}
    for row, line in _lines(file):
        kind = _kind(row, line)
        if kind is not None:
            first.setdefault(kind, row)
    if len(first) > 1:
        later, earlier = sorted(first.items(), key=lambda item: -item[1])[:2]
        raise LedgerRefused(
            f"mixed encodings: row {earlier[1]} is in {earlier[0]}, row {later[1]} in {later[0]}"
        )
    return "gb18030" if "gb18030" in first else "utf-8"


def _kind(row: int, line: bytes) -> str | None:
    """The encoding that a line gives away; None where it fits both."""
    if line.isascii():
        return None
    if _fits(line, "utf-8"):
        # Two bytes a character could be Chinese in GB18030 as well; three cannot, all line long.
        return "utf-8" if max(line) >= _LATIN_TO_ARABIC_ONLY else None
    if not _fits(line, "gb18030"):
        raise LedgerRefused(f"row {row} is neither in UTF-8 nor in GB18030")
    return "gb18030"


def _fits(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Lines with the row each belongs to: a quoted cell may run over several.

    Neither a line's end nor a quotation mark can be part of a character in either encoding.
    """
    row, quoted = 1, False
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise LedgerRefused(f"row {row} has a line of more than {LONGEST_LINE} bytes")
        if b"\x00" in line:
            raise LedgerRefused(f"row {row} holds binary data: the file is no text")
        yield row, line
        quoted ^= line.count(b'"') % 2 == 1
        row += not quoted
