"""Run everything here: database, relay, services and console, until Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from typing import Annotated

import typer

from redress.failures import CommandError
from redress.home import Home
from redress.local.processes import BASE_PORT, run_everything
from redress.local.state import RunningState

app = typer.Typer(add_completion=False)


@app.command(epilog="Examples: redress up · redress up --full · redress up --detach --json")
def up(
    *,
    detach: Annotated[
        bool, typer.Option("--detach", help="Come back once all are ready; `redress down` stops.")
    ] = False,
    base_port: Annotated[
        int, typer.Option(min=0, max=65000, help="The console's port; 0: any free ones.")
    ] = BASE_PORT,
    full: Annotated[
        bool, typer.Option("--full", help="With Kafka, and Redis where there is one.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Start PostgreSQL, bring the schema up to date, start every process and keep it alive.

    A process that crashes is started again. Addresses are in `run/services.json`, logs in `log`
    under REDRESS_HOME. SIGTERM and Ctrl-C stop everything within ten seconds.
    """

    def tell(addresses: Mapping[str, str]) -> None:
        lines = [f"{name:10} {url}" for name, url in addresses.items()]
        typer.echo(json.dumps(dict(addresses)) if as_json else "\n".join(lines))
        sys.stdout.flush()

    home = Home.of_environment()
    typer.echo(f"starting; logs are in {home.log}", err=True)
    if detach:
        tell(_start_apart(home, base_port, full=full))
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    run_everything(home, stop=stop, on_ready=tell, base_port=base_port, full=full)


def _start_apart(home: Home, base_port: int, *, full: bool) -> dict[str, str]:
    home.log.mkdir(parents=True, exist_ok=True)
    log = home.log / "up.log"
    more = ["--full"] if full else []
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "redress", "up", "--base-port", str(base_port), *more],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=dict(os.environ),
            start_new_session=True,
        )
    while process.poll() is None:
        state = RunningState.read(home)
        if state is not None and state.ready and state.pid == process.pid:
            # It is meant to outlive this command, which Popen would warn of.
            process.returncode = 0
            return {name: each.url for name, each in state.services.items()}
        time.sleep(0.1)
    said = log.read_text(errors="replace").strip().removeprefix("redress: ")
    raise CommandError(said[-600:] or f"it ended at once (log: {log})", exit_code=3)
