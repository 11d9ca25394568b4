"""Types of fields: what a step may say in clear, and what is always sealed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal

import msgspec

from libs.procedures.facts import Scalar, Value

Kind = Literal["flag", "whole", "term", "slug", "unit", "time", "text", "clock", "order", "file"]
KINDS: tuple[Kind, ...] = (
    "flag",
    "whole",
    "term",
    "slug",
    "unit",
    "time",
    "text",
    "clock",
    "order",
    "file",
)

_SLUG = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:+-]{0,62}[A-Za-z0-9])?")
_UNIT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,39})(?:/[a-z0-9](?:[a-z0-9-]{0,39})){0,5}")
# Beyond these no clock, calendar or time zone has to be reckoned with.
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
OUT_OF_RANGE = "must lie in the years 1900 to 2199"
_ORDER = re.compile(r"[A-Z]{1,3}")
# Hash, size in bytes and type of a file: it says everything about one but what is in it.
_FILE = re.compile(r"[0-9a-f]{64}\.[1-9][0-9]{0,8}\.[a-z0-9]{2,4}")
_LARGEST = 2**53 - 1
_LONGEST_TEXT = 20_000
_LONGEST_LIST = 200
PATTERNS = {
    kind: f"^{pattern.pattern}$"
    for kind, pattern in (("slug", _SLUG), ("unit", _UNIT), ("order", _ORDER))
}
"""What a value of each patterned kind looks like, as a regular expression."""
_LONG_NUMBER = re.compile(r"\d{7,}")


class FieldType(msgspec.Struct, frozen=True, kw_only=True):
    """What a field holds. `values` closes the vocabulary of a term; of a text they are the standard
    words that stay in clear. `many` makes it a list.
    """

    kind: Kind
    many: bool = False
    values: tuple[str, ...] = ()

    @property
    def sealed(self) -> bool:
        """Whether only its presence may be known to rules and read models."""
        return self.kind == "text" and not self.values

    def seals(self, value: Value) -> bool:
        """Whether this value is sealed: a text that is none of the field's standard words."""
        return self.kind == "text" and value not in self.values


class FieldError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a field is refused; the value itself is not repeated."""

    field: str
    reason: str


def read_value(field: FieldType, raw: object) -> tuple[Value, str | None]:
    """The value as rules see it, or None and the reason why it does not fit.

    Times are ISO 8601 with an offset, or aware datetimes; they come out in UTC.
    """
    if not field.many:
        return _scalar(field, raw)
    members = list(raw) if isinstance(raw, list | tuple) else [raw]
    if len(members) > _LONGEST_LIST:
        return None, f"has more than {_LONGEST_LIST} members"
    values: list[Scalar] = []
    for member in members:
        value, reason = _scalar(field, member)
        if reason is not None:
            return None, reason
        values.append(value)
    return tuple(values), None


def _scalar(field: FieldType, raw: object) -> tuple[Scalar, str | None]:
    match field.kind:
        case "flag":
            return (raw, None) if isinstance(raw, bool) else (None, "must be true or false")
        case "whole":
            return _whole(raw)
        case "time":
            return _time(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str):
        return None, "must be a text"
    reason = _text_reason(field, raw)
    return (raw, None) if reason is None else (None, reason)


def _whole(raw: object) -> tuple[Scalar, str | None]:
    if isinstance(raw, bool) or not isinstance(raw, int) or not -_LARGEST <= raw <= _LARGEST:
        return None, "must be a whole number"
    return raw, None


def _time(raw: object) -> tuple[Scalar, str | None]:
    moment = raw
    if isinstance(raw, str):
        try:
            moment = datetime.fromisoformat(raw)
        except ValueError:
            moment = None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        return None, "must be a time with its offset, as in 2026-03-02T09:00:00+08:00"
    if not _EARLIEST <= moment < _LATEST:
        return None, OUT_OF_RANGE
    return moment.astimezone(UTC), None


_SHAPED = {
    "unit": (_UNIT, "must be a unit's path, as in henan/network"),
    "order": (_ORDER, "must be an order's letters"),
    "file": (_FILE, "must be the name that an uploaded file was given"),
}


def _text_reason(field: FieldType, raw: str) -> str | None:
    match field.kind:
        case "term" if field.values:
            return None if raw in field.values else f"must be one of {', '.join(field.values)}"
        case "term" | "slug" | "clock":
            return _slug_reason(raw)
    if field.kind in _SHAPED:
        pattern, reason = _SHAPED[field.kind]
        return None if pattern.fullmatch(raw) else reason
    if not raw.strip():
        return "must not be empty"
    return None if len(raw) <= _LONGEST_TEXT else f"is longer than {_LONGEST_TEXT} characters"


def _slug_reason(raw: str) -> str | None:
    """A slug is stored in clear, so it must not be able to hold a sentence or a phone number."""
    if not _SLUG.fullmatch(raw):
        return "must be a short word without spaces: letters, digits and . _ : + -"
    if _LONG_NUMBER.search(raw) and raw.isdigit():
        return "must not be a bare number of 7 digits or more"
    return None
