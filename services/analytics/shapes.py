"""Parts of answers that several questions share: a figure with its parts, a clock's title."""

from __future__ import annotations

from libs.casework.regulations import Regulations
from services.analytics.figures import Row


def ratio_of(rows: list[Row], prefix: str = "") -> dict[str, int]:
    """A figure with its parts; `pending`: those of the denominator still open within the limit."""
    parts = ("numerator", "denominator", "pending")
    return {part: sum(row[f"{prefix}{part}"] for row in rows) for part in parts}


def clock_title(regulations: Regulations, row: Row) -> dict[str, str]:
    """What the case's procedure calls a clock, in both languages; empty where it has no title."""
    procedure = regulations.procedure(row["procedure"], row["procedure_version"])
    clock = procedure.clocks_by_id.get(row["clock"])
    return clock.title if clock else {}


def declared_titles(regulations: Regulations) -> dict[str, dict[str, object]]:
    """What the newest procedures call their clocks, channels and levels, by id."""
    newest = regulations.procedures
    return {
        "clock": {each.id: each.title for procedure in newest for each in procedure.clocks},
        "channel": {each.id: each.title for procedure in newest for each in procedure.channels},
        "level": {each.id: each.title for procedure in newest for each in procedure.levels},
    }
