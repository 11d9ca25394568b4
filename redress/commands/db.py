"""Start, stop and look into the database.

The embedded PostgreSQL keeps its files in `postgres` under REDRESS_HOME. With REDRESS_DATABASE_URL
set there is nothing to start or stop.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit, urlunsplit

import typer

from libs.events.postgres.databases import server_facts
from redress.failures import CommandError
from redress.home import Home
from redress.local.database import start_database

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(epilog="Example: redress db start")
def start(*, as_json: Json = False) -> None:
    """Start the embedded server (creating it the first time) and make the database."""
    home = _embedded()
    url = start_database(home)
    running = home.server.status()
    assert running is not None
    text = f"PostgreSQL is running on 127.0.0.1:{running.port}, process {running.pid}"
    _tell({"running": True, "pid": running.pid, "port": running.port, "url": url}, text, as_json)


@app.command(epilog="Example: redress db stop")
def stop(*, as_json: Json = False) -> None:
    """Stop the embedded server; open transactions are rolled back, nothing committed is lost."""
    stopped = _embedded().server.stop()
    text = "PostgreSQL has stopped" if stopped else "PostgreSQL was not running"
    _tell({"running": False, "stopped": stopped}, text, as_json)


@app.command(epilog="Example: redress db status --json")
def status(*, as_json: Json = False) -> None:
    """Say whether the database runs; exit code 1 if not."""
    home = Home.of_environment()
    if home.outside_url is not None:
        version = server_facts(home.outside_url).version
        answer = {"running": True, "outside": True, "version": version}
        _tell(answer, f"the outside server answers, PostgreSQL {version}", as_json)
        return
    running = home.server.status()
    if running is None:
        _tell({"running": False}, "PostgreSQL is not running", as_json)
        sys.exit(1)
    text = f"PostgreSQL is running on 127.0.0.1:{running.port}, process {running.pid}"
    _tell({"running": True, "pid": running.pid, "port": running.port}, text, as_json)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    epilog="Example: redress db psql -c 'SELECT count(*) FROM events.events'",
)
def psql(context: typer.Context) -> None:
    """Open psql as the owner; what follows is passed on to it."""
    home = Home.of_environment()
    parts = urlsplit(home.owner_url())
    user, _, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    # The password goes by the environment: other users can read a process's arguments.
    url = urlunsplit(parts._replace(netloc=f"{name}@{host}" if name else host))
    # An outside server may want TLS, which the embedded programs are built without.
    found = shutil.which("psql") if home.outside_url else None
    program = found or str(home.server.program("psql"))
    environment = {**os.environ, "PGPASSWORD": unquote(password)} if password else os.environ
    os.execve(program, [program, url, *context.args], environment)


def _embedded() -> Home:
    home = Home.of_environment()
    if home.outside_url is not None:
        raise CommandError("REDRESS_DATABASE_URL is set: that server is not ours to start or stop")
    return home


def _tell(answer: dict[str, Any], text: str, as_json: bool) -> None:
    typer.echo(json.dumps(answer) if as_json else text)
