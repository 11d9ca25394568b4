"""The event as rules and clocks see it: clear fields, and which sealed fields are there."""

from __future__ import annotations

from datetime import datetime

import msgspec

Scalar = bool | int | str | datetime | None
Value = Scalar | tuple[Scalar, ...]


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a complaint's stream, without anything personal.

    `role`, `unit`, `unit_kind`, `post`: the acting side as it stood when the step was decided.
    `to`/`to_kinds`: the addressed units or bodies. `order`: the work order's letters. `data`: the
    step's clear fields; a sealed field appears only by name in `sealed`. Times are aware UTC;
    `recorded_at` of imported history is when it happened.
    """

    type: str
    version: int
    happened_at: datetime
    recorded_at: datetime
    staff: str
    role: str
    unit: str
    unit_kind: str | None = None
    post: str | None = None
    order: str | None = None
    to: tuple[str, ...] = ()
    to_kinds: tuple[str, ...] = ()
    data: dict[str, Value] = {}
    sealed: frozenset[str] = frozenset()
    number: str | None = None
