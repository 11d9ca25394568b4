"""Names and places of the enterprise's units, from its organisation file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import yaml

Titles = dict[str, str]


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """Units by path with their names in both languages; provinces in the file's order, with their
    place (column, row) in a tile map. `headquarters` comes first among the provinces.
    """

    units: dict[str, Titles]
    provinces: tuple[str, ...]
    grid: dict[str, tuple[int, int]]


def load_organisation(path: Path, headquarters: str) -> Organisation:
    """The organisation of the file. A department's name stands behind its province's."""
    tree: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    national = tree["national"]
    units = {headquarters: _titles(national["titles"])}
    units |= {f"{headquarters}/{name}": _titles(it) for name, it in national["units"].items()}
    for province, it in tree["provinces"].items():
        units[province] = _titles(it)
        units |= {
            f"{province}/{name}": {"zh": it["zh"] + own["zh"], "en": f"{it['en']} · {own['en']}"}
            for name, own in tree["departments"].items()
        }
    return Organisation(
        units=units,
        provinces=(headquarters, *tree["provinces"]),
        grid={name: tuple(it["grid"]) for name, it in tree["provinces"].items() if "grid" in it},
    )


def _titles(entry: dict[str, Any]) -> Titles:
    return {"zh": entry["zh"], "en": entry["en"]}
