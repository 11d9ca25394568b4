"""Look at this machine, the folder and the database, and say what is in the way."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from redress.diagnosis import diagnose
from redress.home import Home

app = typer.Typer(add_completion=False)

_COLOURS = {"ok": "green", "warning": "yellow", "failure": "red"}


@app.command(epilog="Examples: redress doctor · redress doctor --json")
def doctor(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check everything Redress needs here, changing nothing; exit code 1 if something fails."""
    findings = diagnose(Home.of_environment())
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in findings], ensure_ascii=False))
    else:
        table = Table(box=None, show_header=False)
        for each in findings:
            colour = _COLOURS[each.state]
            table.add_row(each.subject, f"[{colour}]{each.state}[/{colour}]", each.detail)
        Console().print(table)
    sys.exit(any(each.state == "failure" for each in findings))
