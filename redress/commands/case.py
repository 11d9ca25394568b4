"""Show a case with every deadline explained, or export it as a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from redress.cases.asking import ask, case_path
from redress.cases.languages import LanguageName, language_named
from redress.cases.past import AsHappened, AsOf, past_query
from redress.cases.showing import CaseView

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Number = Annotated[str, typer.Argument(help="The case's number, or its id.")]


class Format(StrEnum):
    """What a case file can be: for machines, or to print."""

    json = "json"
    html = "html"


@app.command(
    epilog="Examples: redress case show HA2603000127 --json · "
    "redress case show HA2603000127 --as-of 2026-03-02T09:00+08:00"
)
def show(
    number: Number,
    *,
    as_of: AsOf = None,
    as_happened: AsHappened = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    language: LanguageName = None,
) -> None:
    """Print the whole timeline, each event with both its times, and why each clock is due when."""
    answer = ask(case_path(number), **past_query(as_of, as_happened))
    if as_json:
        typer.echo(answer.text)
        return
    CaseView(answer.json(), language_named(language)).print(Console())


@app.command(epilog="Example: redress case export HA2603000127 --format html -o case.html")
def export(
    number: Number,
    *,
    form: Annotated[Format, typer.Option("--format", help="For machines, or to print.")] = (
        Format.json
    ),
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Standard output if not given.")
    ] = None,
) -> None:
    """Write who received, forwarded, answered and revisited, when, with hashes to recompute."""
    content = ask(f"{case_path(number)}/export", format=form.value).content
    if output is None:
        typer.echo(content.decode("utf-8"))
    else:
        output.write_bytes(content)
        typer.echo(f"{output}: {len(content)} bytes", err=True)
