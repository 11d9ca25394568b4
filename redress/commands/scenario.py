"""Play told cases against the procedures: what was told, and what comes of it.

redress scenario run tests/scenarios
redress scenario run my-case.yaml --procedures my-procedures --json
redress scenario run tests/scenarios --live
"""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from libs.complaints.scenarios import Result, run_file
from libs.procedures.calendar import load_calendar
from libs.procedures.schema import ProcedureBook
from redress.failures import CommandError
from redress.home import PROCEDURES, Home

CALENDAR = PROCEDURES / "calendars" / "mainland.yaml"

app = typer.Typer(no_args_is_help=True, help=__doc__, add_completion=False)


@app.callback()
def _group() -> None:
    """Keep `run` a subcommand although it is the only one."""


@app.command()
def run(
    paths: Annotated[list[Path], typer.Argument(exists=True, help="Scenario files or folders.")],
    *,
    procedures: Annotated[Path, typer.Option(help="Folder of procedure files.")] = PROCEDURES,
    calendar: Annotated[Path | None, typer.Option(help="Working-day calendar.")] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Through the running services, over HTTP.")
    ] = False,
    here: Annotated[
        bool,
        typer.Option("--here", help="Live in the simulation of REDRESS_HOME, which is emptied."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Play scenario files; the last line counts them. Exit status 1 if one fails.

    By the pure rules; with --live through intake, dispatch, watchdog and analytics, in a simulation
    that is started for it and gone afterwards. Both come to the same.
    """
    if live and calendar is not None:
        raise CommandError("live, the calendars of the procedures' folder are used", exit_code=2)
    if here and not live:
        raise CommandError("--here says where cases are played --live", exit_code=2)
    files = _files(paths)
    if live:
        # What was started for it is stopped, however it is ended.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        from redress.live.running import play_live  # noqa: PLC0415 (dear, and pure play needs none)

        results = play_live(files, procedures, Home.of_environment() if here else None)
    else:
        book, days = ProcedureBook(procedures), load_calendar(calendar or CALENDAR)
        results = [run_file(path, book, days) for path in files]
    failed = sum(1 for result in results if result.outcome == "failed")
    passed = sum(1 for result in results if result.passed)
    if as_json:
        document = {"results": results, "passed": passed, "failed": failed}
        typer.echo(json.dumps(msgspec.to_builtins(document), ensure_ascii=False, indent=2))
    else:
        _show(results)
        typer.echo(f"{passed} passed, {failed} failed")
    raise typer.Exit(1 if failed else 0)


def _files(paths: list[Path]) -> list[Path]:
    """The files named, and every YAML file in and below the folders named, sorted."""
    found: list[Path] = []
    for path in paths:
        found.extend(sorted(path.rglob("*.yaml")) if path.is_dir() else [path])
    return found


def _show(results: list[Result]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    marks = {"passed": "[green]passed[/]", "failed": "[red]failed[/]", "skipped": "[dim]skipped[/]"}
    for result in results:
        console.print(f"{marks[result.outcome]}  {result.path}")
        if result.difference is not None:
            console.print(f"        {result.difference}", markup=False)
