"""Show a case with every deadline explained, or export it as a file."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from libs.complaints.wording import DEFAULT, load_languages
from redress.cases.asking import ask, case_path
from redress.cases.showing import CaseView

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Number = Annotated[str, typer.Argument(help="The case's number, or its id.")]


class Format(StrEnum):
    """What a case file can be: for machines, or to print."""

    json = "json"
    html = "html"


@app.command(
    epilog="Examples: redress case show HA2603000127 · redress case show HA2603000127 --json"
)
def show(
    number: Number,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    language: Annotated[str | None, typer.Option(help="zh-Hans or en.")] = None,
) -> None:
    """Print the whole timeline, each event with both its times, and why each clock is due when."""
    answer = ask(case_path(number))
    if as_json:
        typer.echo(answer.text)
        return
    languages = load_languages()
    chosen = language or ("en" if os.environ.get("LANG", "").startswith("en") else DEFAULT)
    if chosen not in languages:
        raise typer.BadParameter(f"one of {', '.join(languages)}", param_hint="--language")
    CaseView(answer.json(), languages[chosen]).print(Console())


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
