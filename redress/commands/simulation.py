"""The time of a simulation: set it forward, let it run, begin again.

A simulation is a database for rehearsals: its time is its own, everybody sees everything, and it
can be emptied. An empty database is declared one, for good; a real one never becomes one.

redress simulation declare --speed 600 --at 2026-03-02T09:00+08:00
redress simulation jump 2026-03-05T09:00+08:00
redress simulation reset --yes
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from libs.events.postgres.simulation import ClockState, Simulation
from redress.failures import CommandError
from redress.home import Home
from redress.local.database import migrated_database
from redress.local.state import RunningState

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Speed = Annotated[float | None, typer.Option(min=0, help="Times faster than life; 0: stand still.")]
At = Annotated[str | None, typer.Option(help="Instant with offset; left out: the real present.")]


@app.command(epilog="Example: redress simulation show --json")
def show(*, as_json: Json = False) -> None:
    """Say what time it is for the store, and whether that is real time."""
    with Simulation(Home.of_environment().owner_url()) as simulation:
        _tell(simulation.state(), as_json)


@app.command(epilog="Example: redress simulation declare --speed 600")
def declare(
    *,
    speed: Annotated[float, typer.Option(min=0, help="Times faster than life.")] = 1.0,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Make an empty database a simulation for good, before the processes are started.

    Starts the embedded server if it is not running.
    """
    home, starts_at = Home.of_environment(), _instant(at)
    if RunningState.read(home) is not None:
        raise CommandError(
            "the processes run, in real time; `redress down` stops them", exit_code=2
        )
    url, _ = migrated_database(home)
    with Simulation(url) as simulation:
        _tell(simulation.declare(speed=speed, starts_at=starts_at), as_json)


@app.command(epilog="Example: redress simulation jump 2026-03-05T09:00+08:00")
def jump(
    to: Annotated[str, typer.Argument(help="Instant with offset.")], *, as_json: Json = False
) -> None:
    """Set simulated time forward; what falls due by then is recorded by the watchdog at once."""
    instant = _instant(to)
    assert instant is not None
    with Simulation(Home.of_environment().owner_url()) as simulation:
        _tell(simulation.jump(instant), as_json)


@app.command(epilog="Example: redress simulation run 600")
def run(
    speed: Annotated[float, typer.Argument(min=0, help="Times faster than life; 0: stand still.")],
    *,
    as_json: Json = False,
) -> None:
    """Let simulated time run at this speed."""
    with Simulation(Home.of_environment().owner_url()) as simulation:
        _tell(simulation.run_at(speed), as_json)


@app.command(epilog="Example: redress simulation reset --yes --at 2026-03-02T09:00+08:00 --speed 0")
def reset(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    at: At = None,
    speed: Speed = None,
    as_json: Json = False,
) -> None:
    """Empty the simulation: events, numbers, lists, figures; time begins anew. Processes follow."""
    starts_at = _instant(at)
    with Simulation(Home.of_environment().owner_url()) as simulation:
        if not yes and simulation.state().simulation:
            typer.confirm("Empty this simulation?", abort=True, err=True)
        _tell(simulation.reset(starts_at=starts_at, speed=speed), as_json)


def _instant(told: str | None) -> datetime | None:
    if told is None:
        return None
    try:
        instant = datetime.fromisoformat(told)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise CommandError(f"{told}: an instant looks like 2026-03-02T09:00+08:00", exit_code=2)
    return instant.astimezone(UTC)


def _tell(state: ClockState, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(state).decode())
    elif state.simulation:
        typer.echo(
            f"simulated time {state.now_at:%Y-%m-%d %H:%M:%S} UTC, "
            f"{state.speed:g} times as fast as life, epoch {state.epoch}"
        )
    else:
        typer.echo(f"real time, {state.now_at:%Y-%m-%d %H:%M:%S} UTC: this is no simulation")
