"""Runs the measurements, prints a table and writes bench/latest.json.

BENCH names some of them (all without it), or the beginnings of their names; BENCH_ROUNDS says how
many rounds each side runs (5).
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

import bench
from bench.measurement import Measurement, Outcome, run
from bench.place import place

LATEST = Path(__file__).parent / "latest.json"


def measurements() -> list[Measurement]:
    """Every measurement of this package, in the order of names."""
    found: list[Measurement] = []
    for module in pkgutil.iter_modules(bench.__path__):
        if not module.name.startswith("_"):
            imported = importlib.import_module(f"bench.{module.name}")
            found += getattr(imported, "MEASUREMENTS", [])
    return sorted(found, key=lambda measurement: measurement.name)


def wanted(names: str) -> list[Measurement]:
    """Those that BENCH names; exits with a message when it names none."""
    starts = tuple(name.strip() for name in names.split(",") if name.strip())
    chosen = [each for each in measurements() if not starts or each.name.startswith(starts)]
    if not chosen:
        sys.exit(f"BENCH={names} names no measurement: {[each.name for each in measurements()]}")
    return chosen


def table(outcomes: list[Outcome]) -> Table:
    """One line per measurement."""
    shown = Table("measurement", "ours", "peer", "ratio", "spread", "must", "stretch", "peer is")
    for outcome in outcomes:
        entry = outcome.as_json("")
        measurement = outcome.measurement
        ratio = float(str(entry["ratio"]))
        colour = "red" if ratio < measurement.must else "yellow"
        colour = "green" if ratio >= measurement.stretch else colour
        low, high = min(outcome.ratios), max(outcome.ratios)
        shown.add_row(
            measurement.name,
            f"{outcome.median('ours'):,.0f} {measurement.unit}",
            f"{outcome.median('peer'):,.0f}",
            f"[{colour}]{ratio:.2f}[/]",
            f"{low:.2f}-{high:.2f}",
            f"{measurement.must}",
            f"{measurement.stretch}",
            measurement.peer,
        )
        for side in outcome.rates:
            if side not in {"ours", "peer"}:
                shown.add_row("", "", f"{outcome.median(side):,.0f}", "", "", "", "", side)
    return shown


def keep(outcomes: list[Outcome], command: str) -> None:
    """Puts the new results into latest.json; measurements not run now keep their last ones."""
    before = json.loads(LATEST.read_text(encoding="utf-8")) if LATEST.exists() else []
    entries = {entry["name"]: entry for entry in before}
    entries |= {outcome.measurement.name: outcome.as_json(command) for outcome in outcomes}
    text = json.dumps([entries[name] for name in sorted(entries)], indent=2, ensure_ascii=False)
    LATEST.write_text(f"{text}\n", encoding="utf-8")


def main() -> None:
    names = os.environ.get("BENCH", "")
    rounds = int(os.environ.get("BENCH_ROUNDS", "5"))
    console = Console()
    outcomes = []
    with place() as here:
        for measurement in wanted(names):
            console.print(f"{measurement.name} ...", style="dim")
            outcomes.append(run(measurement, here, rounds))
    console.print(table(outcomes))
    keep(outcomes, "make bench" + (f" BENCH={names}" if names else ""))


if __name__ == "__main__":
    main()
