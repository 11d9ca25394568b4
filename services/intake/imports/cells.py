"""From a cell to a typed value, or the reason why it has none. A reason never holds the value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from libs.procedures.facts import Value
from libs.procedures.fieldtypes import OUT_OF_RANGE, FieldType, read_value
from services.intake.imports.columnmap import Plain

Read = tuple[Value, str | None]
Words = Mapping[str, Plain | None]
"""A ledger's words in ours."""

_TIME = FieldType(kind="time")
LARGEST_EXACT = 10**15
"""Excel keeps 15 digits of a number; what is longer has been rounded."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SHEET_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}
)
_YES = frozenset({"是", "有", "已", "对", "true", "yes", "y", "1", "√"})
_NO = frozenset({"否", "无", "未", "错", "false", "no", "n", "0", "×"})
_WHOLE = re.compile(r"-?\d{1,16}", re.ASCII)
_MEMBERS = re.compile(r"[;；,，、\n]")


def text_of(cell: object) -> tuple[str, str | None]:
    """What is written in the cell, in Unicode form NFC, without space around it."""
    if isinstance(cell, bool):
        return ("true" if cell else "false"), None
    if isinstance(cell, float):
        if not cell.is_integer():
            return repr(cell), None
        cell = int(cell)
    if isinstance(cell, int) and abs(cell) >= LARGEST_EXACT:
        return "", "is a number that the workbook has rounded; keep it as text"
    text = unicodedata.normalize("NFC", str(cell)).strip()
    if text in _SHEET_ERRORS:
        return "", "is an error of the workbook's own"
    if _CONTROL.search(text):
        return "", "holds a control character"
    return text, None


def time_of(
    cell: object, zone: ZoneInfo, patterns: Sequence[str]
) -> tuple[datetime | None, str | None]:
    """The moment in UTC; local where it has no offset. One that the local clock skipped is none."""
    if isinstance(cell, datetime):
        return _placed(cell, zone)
    text, reason = text_of(cell)
    if reason is not None:
        return None, reason
    if any(letter.isdigit() and not letter.isascii() for letter in text):
        return None, "is written with digits of full width"
    moment = _moment(text, patterns)
    return (
        (None, "is no time in a form that the map names")
        if moment is None
        else _placed(moment, zone)
    )


def _moment(text: str, patterns: Sequence[str]) -> datetime | None:
    # A bare date would be midnight, which no ledger means where minutes count.
    if len(text) > len("2026-03-02"):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    for pattern in patterns:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is the ledger's
        except ValueError:
            continue
    return None


def _placed(moment: datetime, zone: ZoneInfo) -> tuple[datetime | None, str | None]:
    try:
        at = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        if moment.tzinfo is None and at.astimezone(zone).replace(tzinfo=None) != moment:
            return None, "is a time that the local clock skipped"
    except OverflowError:
        return None, OUT_OF_RANGE
    _, reason = read_value(_TIME, at)
    return (at, None) if reason is None else (None, reason)


def value_of(
    cell: object,
    field: FieldType,
    words: Words,
    zone: ZoneInfo,
    patterns: Sequence[str],
) -> Read:
    """The value as rules see it. `words`: the ledger's words in ours."""
    if field.kind == "time" and not field.many and not words:
        return time_of(cell, zone, patterns)
    text, reason = text_of(cell)
    if reason is not None:
        return None, reason
    members = _MEMBERS.split(text) if field.many else [text]
    raw: list[object] = []
    for member in members:
        spoken, reason = _spoken(member.strip(), field, words)
        if reason is not None:
            return None, reason
        raw.append(spoken)
    return read_value(field, raw if field.many else raw[0])


def _spoken(text: str, field: FieldType, words: Words) -> tuple[object, str | None]:
    if words:
        if text in words:
            return words[text], None
        return None, "is none of the words that the map names"
    if field.kind == "flag":
        low = text.lower()
        return (low in _YES, None) if low in _YES | _NO else (None, "is neither yes nor no")
    if field.kind == "whole":
        if _WHOLE.fullmatch(text):
            return int(text), None
        return None, "is no whole number in plain digits"
    return text, None
