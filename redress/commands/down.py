"""Stop what `redress up` started."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import Annotated

import typer

from redress.home import Home
from redress.local.state import RunningState, only_supervisor

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: redress down")
def down(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Stop all processes and the embedded database, finishing requests under way."""
    home = Home.of_environment()
    stopped = _stop_supervisor(home)
    text = "everything has stopped" if stopped else "nothing was running"
    if not stopped and home.outside_url is None and home.server.stop():
        # A supervisor that was killed leaves its database running.
        stopped, text = True, "only the database was running; it has stopped"
    typer.echo(json.dumps({"stopped": stopped}) if as_json else text)


def _stop_supervisor(home: Home) -> bool:
    told = False
    while True:
        with only_supervisor(home) as alone:
            if alone:
                return told
        state = RunningState.read(home)
        if state is not None and not told:
            os.kill(state.pid, signal.SIGTERM)
            told = True
        time.sleep(0.05)
