"""What is wrong with a ledger: never a value of it, only where and why."""

from __future__ import annotations

import msgspec


class LedgerRefused(Exception):
    """The file as a whole cannot be brought in; the text says why, without any of its values."""


class RowFault(msgspec.Struct, frozen=True, kw_only=True):
    """A row that does not fit: its place in the file (the title row is 1), the field, the reason.

    `field` is a name of the column map, such as `register.channel` or `close.at`.
    """

    row: int
    field: str
    reason: str


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that the history of a row breaks: it is brought in all the same."""

    row: int
    action: str
    rule: str
