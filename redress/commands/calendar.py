"""Working-day calendars: look at a year, check a notice, publish it while everything runs.

redress calendar show 2026 --province guangxi
redress calendar check mainland.yaml
redress calendar publish mainland.yaml
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from libs.procedures.document import ProcedureError
from redress.failures import CommandError
from redress.home import Home
from redress.regulation import calendars
from redress.regulation.calendars import Prospect
from redress.regulation.yearly import year_picture

app = typer.Typer(no_args_is_help=True, help=__doc__, add_completion=False)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="A calendar, or a province's overlay.")
]
_SHOWN = 40


@app.command(epilog="Examples: redress calendar show 2026 · redress calendar show 2026 --json")
def show(
    year: Annotated[int, typer.Argument(min=1990, max=2099, help="The year.")],
    province: Annotated[str, typer.Option(help="The first part of its units' paths.")] = "",
    as_json: AsJson = False,
) -> None:
    """A year of the calendar in force (the folder's, where no database runs) as a picture."""
    calendar, _ = calendars.in_force(Home.of_environment())
    if province and province not in calendar.provinces:
        known = ", ".join(sorted(calendar.provinces)) or "none"
        raise CommandError(f"no days of its own for '{province}'; provinces: {known}")
    there = calendar.of(province)
    if as_json:
        days = [msgspec.to_builtins(day) | {"worked": day.worked} for day in there.days_of(year)]
        typer.echo(json.dumps({"version": there.version, "days": days}, ensure_ascii=False))
        return
    console = Console()
    console.print(f"[bold]{there.version}[/], settled until {there.known_until}")
    console.print(year_picture(there, year))


@app.command(epilog="Example: redress calendar check mainland.yaml --json")
def check(file: File, as_json: AsJson = False) -> None:
    """Say what is wrong in a file, or what putting it in force would do; changes nothing.

    Exit status 1 for a faulty file.
    """
    try:
        found, _ = calendars.prospect(Home.of_environment(), file)
    except ProcedureError as error:
        fault = {"file": str(file), "line": error.line, "field": error.field}
        told = {**fault, "reason": error.reason}
        typer.echo(json.dumps({"fault": told}, ensure_ascii=False) if as_json else str(error))
        raise typer.Exit(1) from None
    typer.echo(_json(found) if as_json else "\n".join(_lines(found)))


@app.command(epilog="Example: redress calendar publish mainland.yaml")
def publish(file: File, as_json: AsJson = False) -> None:
    """Check a file and put it in force; running services follow by themselves.

    Running complaints with a provisional due time that it settles get one event each, the others
    none. Publishing the same again changes nothing.
    """
    done, found = calendars.publish(Home.of_environment(), file)
    if as_json:
        typer.echo(json.dumps(msgspec.to_builtins(done)))
    elif done.new:
        typer.echo("\n".join([f"{done.version} is in force", *_lines(found)]))
    else:
        typer.echo(f"{done.version} was in force already")


def _json(found: Prospect) -> str:
    return json.dumps(msgspec.to_builtins(found), ensure_ascii=False)


def _lines(found: Prospect) -> list[str]:
    lines = [f"{found.version}, in place of {found.before}; settled until {found.settled_until}"]
    for change in found.changes[:_SHOWN]:
        where = f" in {change.province}" if change.province else ""
        lines.append(f"  {change.date}{where}: {change.before} -> {change.after}")
    if len(found.changes) > _SHOWN:
        lines.append(f"  and {len(found.changes) - _SHOWN} more days")
    if found.touched is not None:
        lines.append(f"{found.touched} running complaints get an event")
    return lines
