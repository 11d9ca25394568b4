"""The outcome of an import on the screen or as JSON; no value of the ledger is in either."""

from __future__ import annotations

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from libs.events.postgres.staging import Published
from services.intake.imports.report import Summary

MOST_KINDS_SHOWN = 20


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an import; `published` is None where nothing was brought in."""

    published: Published | None
    dry_run: bool
    report: Summary


def show(outcome: Outcome, *, as_json: bool) -> None:
    """Print the outcome."""
    if as_json:
        typer.echo(msgspec.json.encode(outcome).decode())
        return
    console, report = Console(), outcome.report
    if report.first_faults:
        _table(console, "row", "field", "reason", rows=[
            (str(fault.row), fault.field, fault.reason) for fault in report.first_faults
        ])  # fmt: skip
    _counts(console, "fault", report.faults)
    _counts(console, "rule broken at the time (brought in all the same)", report.objections)
    if report.lines_left_out:
        console.print(f"{report.lines_left_out:,} more lines are counted but not written out")
    if outcome.published is not None:
        told = outcome.published
        console.print(
            f"in force since {told.published_at:%Y-%m-%d %H:%M:%S} UTC: "
            f"{told.streams:,} complaints, {told.events:,} events"
        )
    elif outcome.dry_run and not report.faulty_rows:
        console.print(f"{report.rows:,} rows fit; nothing was kept (dry run)")


def _counts(console: Console, title: str, counts: dict[str, int]) -> None:
    if not counts:
        return
    most = list(counts.items())[:MOST_KINDS_SHOWN]
    _table(console, title, "count", rows=[(kind, f"{count:,}") for kind, count in most])
    if len(counts) > len(most):
        console.print(f"and {len(counts) - len(most)} more kinds")


def _table(console: Console, *titles: str, rows: list[tuple[str, ...]]) -> None:
    table = Table(*titles)
    for row in rows:
        table.add_row(*row)
    console.print(table)
