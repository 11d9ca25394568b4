"""Bring an old ledger in: a file of complaints (CSV or XLSX) becomes history, all of it or nothing.

redress import map ledger.csv -o ledger.yaml
redress import run ledger.csv --map ledger.yaml --dry-run
redress import run ledger.csv --map ledger.yaml
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from libs.access.keyring import KeyRing
from libs.casework.opening import store_id_of
from libs.casework.registry import IMPORTER
from libs.casework.regulations import Regulations
from libs.casework.storetime import StoreTime
from libs.events.postgres.database import Database
from libs.events.postgres.documents import Documents
from libs.events.postgres.logins import give_logins
from libs.events.postgres.staging import find_published, numbers_taken
from redress.failures import CommandError
from redress.home import Home
from redress.imports.asking import Wizard
from redress.imports.showing import Outcome, show
from services.intake.imports.bringing import Bringing, bring_in
from services.intake.imports.checking import Job, Tell, check
from services.intake.imports.columnmap import load_map
from services.intake.imports.ledger import Format, fingerprint
from services.intake.imports.proposing import unit_names
from services.intake.imports.report import Summary, report_to

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Ledger = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX file.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(
    epilog="Examples: redress import run old.xlsx --map old.yaml --dry-run --report faults.csv · "
    "redress import run old.xlsx --map old.yaml --json"
)
def run(
    ledger: Ledger,
    *,
    column_map: Annotated[
        Path, typer.Option("--map", exists=True, dir_okay=False, help="Column map (YAML).")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all, keep nothing.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write a line per fault (CSV).")] = None,
    staff: Annotated[str, typer.Option(help="Staff id of who brings it in.")] = "import",
    as_json: Json = False,
) -> None:
    """Check every row, then bring all of them in at one commit; exit 1 names what is wrong.

    Run again after an interruption to finish; a file that is in already stays as it is.
    """
    home = Home.of_environment()
    name = fingerprint(ledger)
    with _database(home) as database, report_to(report) as lines, _bars(hidden=as_json) as bars:
        published = find_published(database, name)
        if published is None:
            job = _job(ledger, name, column_map, _regulations(home, database))
            until = StoreTime(database).now()
            check(job, until, lines, partial(numbers_taken, database), _bar(bars, "checking"))
        summary = lines.summary()
        if published is None and not summary.faulty_rows and not dry_run:
            tools = Bringing(
                database=database,
                ring=KeyRing(home.keys, _tell_of_key),
                store_id=store_id_of(database),
                staff=staff,
            )
            published = bring_in(job, tools, summary.rows, _bar(bars, "bringing in", summary))
    show(Outcome(published=published, dry_run=dry_run, report=summary), as_json=as_json)
    if summary.faulty_rows:
        raise CommandError(f"{summary.faulty_rows} of {summary.rows} rows do not fit; nothing kept")


@app.command(
    "map",
    epilog="Examples: redress import map old.csv -o old.yaml · "
    "redress import map old.xlsx --sheet 2025 --no-ask",
)
def make_map(
    ledger: Ledger,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Standard output if not given.")
    ] = None,
    procedure: Annotated[str, typer.Option(help="Id of the procedure.")] = "telecom-complaint",
    source: Annotated[str, typer.Option(help="Short word for the old system.")] = "old-ledger",
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook; else the first.")] = None,
    ask: Annotated[
        bool | None, typer.Option(help="Ask about what is not clear (default: on a terminal).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Propose a column map from the ledger's titles; what nobody answers stands in it as null."""
    home = Home.of_environment()
    wanted = Regulations(home.procedures).current(procedure).procedure
    form = Format(sheet=sheet)
    units = unit_names(home.procedures / "organisation")
    asks = sys.stdin.isatty() if ask is None else ask
    wizard = Wizard(ledger, form, wanted, units, ask=typer.prompt if asks else None)
    text = wizard.map_text(source)
    if output is not None:
        output.write_text(text, encoding="utf-8")
    if as_json:
        typer.echo(msgspec.json.encode(wizard.proposal(text)).decode())
    elif output is None:
        typer.echo(text, nl=False)
    wizard.show(Console(stderr=True))


def _regulations(home: Home, database: Database) -> Regulations:
    """What is in force in the store, which may be newer than the files."""
    regulations = Regulations(home.procedures, Documents(database))
    regulations.refresh()
    return regulations


def _job(ledger: Path, name: str, column_map: Path, regulations: Regulations) -> Job:
    plan, procedure = load_map(column_map, lambda id_: regulations.current(id_).procedure)
    return Job(
        path=ledger,
        fingerprint=name,
        plan=plan,
        pinned=regulations.current(procedure.id),
        numbered=regulations.procedures,
    )


@contextmanager
def _database(home: Home) -> Iterator[Database]:
    """The store, as the role that brings ledgers in and can do nothing else."""
    logins = give_logins(home.owner_url(), lambda _role: secrets.token_urlsafe(24), (IMPORTER,))
    database = Database(logins[IMPORTER], application_name="redress-import", max_connections=2)
    try:
        yield database
    finally:
        database.close()


class _Rate(ProgressColumn):
    """Rows a second, of late."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f} rows/s")


@contextmanager
def _bars(*, hidden: bool) -> Iterator[Progress]:
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        console=console,
        disable=hidden or not console.is_terminal,
    ) as bars:
        yield bars


def _bar(bars: Progress, name: str, of: Summary | None = None) -> Tell:
    task: TaskID | None = None

    def tell(rows: int) -> None:
        nonlocal task
        if task is None:
            task = bars.add_task(name, total=None if of is None else of.rows)
        bars.update(task, completed=rows)

    return tell


def _tell_of_key(path: Path) -> None:
    typer.echo(f"a key file was made: {path}; keep a copy: without it no text opens", err=True)
