"""Hold what was promised against what is stored; nothing is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from libs.casework.regulations import Regulations
from libs.events.postgres.database import Database
from libs.events.postgres.documents import Documents
from redress.failures import CommandError
from redress.home import Home
from redress.local.state import RunningState
from redress.verification import Result
from redress.verification.promises import verify as verify_promises
from redress.verification.readmodels import read_models

app = typer.Typer(add_completion=False)


@app.command(epilog="Examples: redress verify · redress verify --journal var/demo/journals --json")
def verify(
    *,
    journal: Annotated[
        list[Path] | None,
        typer.Option(help="Folder with acknowledgements that clients wrote down (repeatable)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check streams, feed, journals, commands, rungs, notices and read models.

    Exit 1 names what is wrong.

    Streams: versions without gaps, exact bytes, unbroken chain, true heads. Feed: dense, each event
    once, in order. Journals: all that was acknowledged is stored, once. Commands: every event
    belongs to the one it names; no number twice. Rungs: every warning and miss once, none missing,
    none false (as of the last event where no process runs). Notices: one of each warning, miss and
    urging. Files: all that events name are kept. Read models: equal to a rebuild.
    """
    home = Home.of_environment()
    database = Database(home.owner_url(), application_name="redress-verify")
    regulations = Regulations(home.procedures, Documents(database))
    console = Console(stderr=True)
    try:
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TextColumn("{task.completed:,.0f}"),
            TimeElapsedColumn(),
            console=console,
            disable=as_json or not console.is_terminal,
        ) as bars:
            tasks = {}

            def tell(promise: str, count: int) -> None:
                if promise not in tasks:
                    tasks[promise] = bars.add_task(promise, total=None)
                bars.update(tasks[promise], completed=count)

            results = list(
                verify_promises(
                    database,
                    journal_folders=journal or [],
                    read_models=read_models(database, regulations, home.keys),
                    regulations=regulations,
                    watched=RunningState.read(home) is not None,
                    progress=tell,
                )
            )
    finally:
        database.close()
    _show(results, as_json=as_json)
    broken = sum(len(result.findings) for result in results)
    if broken:
        raise CommandError(f"{broken} findings")


def _show(results: list[Result], *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(results).decode())
        return
    table = Table("promise", "looked at", "findings")
    for result in results:
        table.add_row(result.promise, f"{result.looked_at:,}", str(len(result.findings)))
    console = Console()
    console.print(table)
    for result in results:
        for finding in result.findings:
            console.print(f"{finding.stream} version {finding.version}: {finding.reason}")
