"""When a complaint may be a repeat of an earlier one, and whether both count."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import msgspec

from libs.procedures.document import Node

_SAME = ("category",)
_DAYS = 30
_MOST_DAYS = 3660


class Repeats(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier complaint of the same customer within `within` (natural days before the new one)
    is proposed; it is the same matter where all fields of `same` are known and equal.

    `counted`: `each` complaint counts in figures, or a linked repeat does not (`once`).
    """

    same: tuple[str, ...] = _SAME
    within: timedelta = timedelta(days=_DAYS)
    counted: Literal["each", "once"] = "each"


def read_repeats(node: Node | None, attributes: frozenset[str]) -> Repeats:
    """`{same: [fields], within: {value: 30, unit: days}, counted: each | once, source: ...}`.

    Without the section: same category, 30 days, each counts.
    """
    if node is None or node.empty:
        return Repeats()
    entries = node.mapping(("same", "within", "counted", "source"))
    counted = entries["counted"].word(("each", "once")) if "counted" in entries else "each"
    return Repeats(
        same=entries["same"].words(sorted(attributes)) if "same" in entries else _SAME,
        within=timedelta(days=_days(entries["within"]) if "within" in entries else _DAYS),
        counted="once" if counted == "once" else "each",
    )


def _days(node: Node) -> int:
    entries = node.mapping(("value", "unit"))
    for key in ("value", "unit"):
        if key not in entries:
            node.fail(f"has no {key}")
    entries["unit"].word(("days",))
    return entries["value"].whole(1, _MOST_DAYS)
