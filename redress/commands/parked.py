"""See and replay the streams that a read model could not apply.

A parked stream waits from the event that failed; all others go on. After the fault is mended,
`replay` asks the running service to try again, in order.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from libs.events.envelope import StoredEvent
from libs.events.postgres import parking
from libs.events.postgres.database import Cursor, Database
from redress.home import Home

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Projection = Annotated[str | None, typer.Option(help="Only this read model.")]


@app.command("list", epilog="Examples: redress parked list · redress parked list --json")
def list_(*, projection: Projection = None, as_json: Json = False) -> None:
    """List what is parked, oldest first."""
    with _transaction() as cursor:
        found = parking.list_parked(cursor, projection)
    if as_json:
        typer.echo(json.dumps(msgspec.to_builtins(found)))
    elif not found:
        typer.echo("nothing is parked")
    else:
        Console().print(_table(found))


@app.command(epilog="Example: redress parked show complaint/s1-0192f0c1")
def show(stream: str, *, as_json: Json = False) -> None:
    """Show what waits in one stream: each event's version, type and time, no content.

    Exit code 1 when it is not parked.
    """
    with _transaction() as cursor:
        found = parking.list_parked(cursor, stream=stream)
        events = [parking.events_waiting(cursor, each) for each in found]
    if as_json:
        told = [
            msgspec.to_builtins(parked) | {"events": [_facts(event) for event in waiting]}
            for parked, waiting in zip(found, events, strict=True)
        ]
        typer.echo(json.dumps(told))
    for parked, waiting in zip(found, events, strict=True) if not as_json else ():
        typer.echo(f"{parked.projection}: {parked.reason}, {parked.attempts} attempts")
        for event in waiting:
            typer.echo("  {version:>4}  {type:<24} {recorded_at}".format(**_facts(event)))
    sys.exit(0 if found else 1)


@app.command(
    epilog="Examples: redress parked replay complaint/s1-0192f0c1 · redress parked replay --all"
)
def replay(
    stream: Annotated[str | None, typer.Argument(help="The stream to try again.")] = None,
    *,
    projection: Projection = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is parked.")] = False,
    as_json: Json = False,
) -> None:
    """Ask the running services to apply parked streams again; they do within a second or so.

    `redress parked list` then shows what has failed again. Exit code 1 when nothing was parked.
    """
    if (stream is None) != everything:
        raise typer.BadParameter("name one stream, or --all")
    with _transaction() as cursor:
        asked = parking.ask_replay(cursor, projection, stream)
    typer.echo(json.dumps({"asked": asked}) if as_json else f"{len(asked)} to be replayed")
    sys.exit(0 if asked else 1)


@contextlib.contextmanager
def _transaction() -> Iterator[Cursor]:
    database = Database(
        Home.of_environment().owner_url(), application_name="redress-parked", max_connections=1
    )
    try:
        with database.transaction() as cursor:
            yield cursor
    finally:
        database.close()


def _facts(event: StoredEvent) -> dict[str, object]:
    return {
        "version": event.version,
        "type": event.type,
        "recorded_at": event.recorded_at.isoformat(),
    }


def _table(found: list[parking.ParkedStream]) -> Table:
    table = Table("read model", "stream", "waits from", "to", "attempts", "reason")
    for each in found:
        first, last = str(each.at_version), str(each.last_version)
        table.add_row(each.projection, each.stream, first, last, str(each.attempts), each.reason)
    return table
