"""Bring the database's schema up to date."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from libs.events.postgres.logins import give_logins
from libs.events.postgres.migrate import pending
from libs.events.postgres.simulation import Simulation
from redress.home import Home
from redress.local.database import migrated_database

app = typer.Typer(add_completion=False)


@app.command(epilog="Examples: redress migrate · redress migrate --check")
def migrate(
    *,
    check: Annotated[
        bool, typer.Option(help="Change nothing; exit code 1 if a file waits to be applied.")
    ] = False,
    logins: Annotated[
        Path | None, typer.Option(help="Folder of the services' passwords, to be set as well.")
    ] = None,
    simulation: Annotated[
        float | None, typer.Option(min=1, max=5000, help="Make an empty store a demo's, so fast.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Apply the numbered SQL files the database does not have yet, each in one transaction.

    Starts the embedded server if it is not running. Safe to repeat and to run twice at once.
    """
    home = Home.of_environment()
    if check:
        waiting = pending(home.owner_url())
        typer.echo(json.dumps({"pending": waiting}) if as_json else _lines(waiting, "waiting"))
        sys.exit(1 if waiting else 0)
    url, applied = migrated_database(home)
    if logins is not None:
        give_logins(url, lambda role: _password(logins, role))
    if simulation is not None:
        _simulate(url, simulation)
    typer.echo(json.dumps({"applied": applied}) if as_json else _lines(applied, "applied"))


def _password(folder: Path, role: str) -> str:
    return (folder / f"{role.removeprefix('redress_')}-password").read_text(encoding="utf-8")


def _simulate(url: str, speed: float) -> None:
    with Simulation(url) as clock:
        if not clock.state().simulation:
            clock.declare(speed=speed)


def _lines(names: list[str], state: str) -> str:
    return "\n".join(f"{state} {name}" for name in names) or "the schema is up to date"
