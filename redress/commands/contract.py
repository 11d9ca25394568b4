"""The contract of the topics: AsyncAPI document and JSON Schemas."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from redress import contract
from redress.failures import CommandError

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(epilog="Example: redress contract show > asyncapi.json")
def show() -> None:
    """Print the AsyncAPI document as the code has it."""
    typer.echo(json.dumps(contract.document(), indent=2, ensure_ascii=False))


@app.command(epilog="Example: redress contract check")
def check(*, as_json: Json = False) -> None:
    """Hold the kept files against the code; exit code 1 where they differ or a schema narrowed.

    Narrowed: somebody who reads by the new schema would refuse an event that is stored.
    """
    found = list(contract.differences())
    text = "\n".join(found) or "the contract is as the code has it, and reads all that is stored"
    typer.echo(json.dumps({"differences": found}) if as_json else text)
    sys.exit(1 if found else 0)


@app.command(epilog="Example: redress contract write")
def write(*, as_json: Json = False) -> None:
    """Write the kept files anew; refuses a narrowed schema: give the event its next version."""
    narrowed = list(contract.narrowings())
    if narrowed:
        raise CommandError("; ".join(narrowed))
    written = contract.write()
    typer.echo(json.dumps({"written": written}) if as_json else f"{len(written)} files written")
