"""Which procedure a registration gets that names none: by unit and tier, as the organisation says.

In the organisation file, the first line that fits counts:

    procedures:
      - {tier: appeal, procedure: telecom-appeal}
      - {unit: <house>/..., procedure: hotel-chain}
      - {procedure: telecom-complaint}
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from libs.procedures.document import Node
from libs.procedures.units import UnitDirectory
from libs.procedures.yaml_reading import read_document

_KEYS = ("unit", "tier", "procedure")
_FOLDER = "organisation"


class Default(msgspec.Struct, frozen=True, kw_only=True):
    """One line: for units that fit one of the patterns (none: all), and this tier (None: any)."""

    units: tuple[str, ...]
    tier: str | None
    procedure: str


class Defaults:
    """The lines of an organisation, and what counts where none fits."""

    def __init__(self, lines: Iterable[Default], otherwise: str | None) -> None:
        self._lines, self._otherwise = tuple(lines), otherwise
        self._units = UnitDirectory()

    def choose(self, unit: str, tier: object) -> str | None:
        """The procedure for a registration by this unit in this tier."""
        for line in self._lines:
            if line.tier in (None, tier) and self._fits(unit, line.units):
                return line.procedure
        return self._otherwise

    def _fits(self, unit: str, patterns: tuple[str, ...]) -> bool:
        return not patterns or any(self._units.fits(unit, pattern) for pattern in patterns)


def load_defaults(procedures: Path, otherwise: str | None) -> Defaults:
    """What the organisation file beside the procedures says; nothing where there is none.

    Raises `ProcedureError` for what does not fit.
    """
    files = sorted((procedures / _FOLDER).glob("*.yaml"))
    node = read_document(files[0]).mapping().get("procedures") if files else None
    lines = () if node is None or node.empty else node.items()
    return Defaults([_line(child) for child in lines], otherwise)


def _line(node: Node) -> Default:
    entries = node.mapping(_KEYS)
    if "procedure" not in entries:
        node.fail("has no procedure")
    return Default(
        units=entries["unit"].texts() if "unit" in entries else (),
        tier=entries["tier"].text() if "tier" in entries else None,
        procedure=entries["procedure"].text(),
    )
