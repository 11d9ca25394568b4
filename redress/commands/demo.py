"""Play a sample enterprise: complaints arrive, are worked on, warned of, missed and closed."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from libs.events.postgres.database import Database
from redress.demo.joined import JoinedStage
from redress.demo.play import Script, play
from redress.demo.simulated import SimulatedTime
from redress.demo.staff import Tally
from redress.demo.stage import ACCOUNTS_FILE, Stage
from redress.demo.summary import Summary, summarise
from redress.demo.texts import Texts
from redress.home import Home
from redress.local.processes import BASE_PORT
from redress.local.state import RunningState

app = typer.Typer(add_completion=False)

_ONCE_COMPLAINTS = 42
_ONCE_FINISH_S = 100.0
# By now the texts have been fetched while the processes started, or the index is out of reach.
_TEXTS_WAIT_S = 3.0


@app.command(epilog="Examples: redress demo · redress demo --once · redress demo --once --json")
def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Play some two minutes, print a summary, stop all.")
    ] = False,
    speed: Annotated[float, typer.Option(min=1, max=5000, help="Times faster than life.")] = 600,
    per_second: Annotated[float, typer.Option(min=0.01, max=50, help="Complaints a second.")] = 1.5,
    complaints: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    seed: Annotated[int, typer.Option(help="Draws stories, provinces and texts.")] = 1,
    base_port: Annotated[
        int, typer.Option(min=0, max=65000, help="The console's port.")
    ] = BASE_PORT,
    full: Annotated[
        bool, typer.Option("--full", help="With Kafka, and Redis where there is one.")
    ] = False,
    join: Annotated[
        bool, typer.Option("--join", help="Play where services run already (REDRESS_*_URL).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Start everything here, fresh, in a folder of its own, and let the sample enterprise work.

    Simulated time runs 600 times faster than life: a limit of an hour ends after six seconds.
    Ctrl-C ends it. The data stay in `demo` under REDRESS_HOME until the next demo.
    """
    own = Home.of_environment()
    home = own if join else Home(folder=own.folder / "demo", outside_url=own.outside_url)
    script = Script(
        per_second=per_second,
        most=complaints or (_ONCE_COMPLAINTS if once else None),
        finish_within_s=_ONCE_FINISH_S if once else 1e9,
        seed=seed,
    )
    show = Show(Console(stderr=True))
    stage = JoinedStage(home) if join else Stage(home, speed=speed, base_port=base_port, full=full)
    _end_at_signals()
    summary: Summary | None = None
    try:
        summary = _perform(stage, home, own, script, show)
    except KeyboardInterrupt:
        show.say("stopping")
    finally:
        stage.close()
    if summary is not None:
        _print(summary, as_json=as_json)


def _end_at_signals() -> None:
    # Both end it alike, also where it runs in the background, whose SIGINT a shell ignores.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)


def _perform(
    stage: Stage | JoinedStage, home: Home, own: Home, script: Script, show: Show
) -> Summary:
    texts = Texts(own.folder / "demo-texts")
    show.say("database: a simulation")
    clock_state, key = stage.prepare()
    with show.waiting("processes: starting") as tick:
        stage.start(while_waiting=tick)
    sample, source = texts.take(wait_s=_TEXTS_WAIT_S)
    show.say(f"texts: {len(sample):,} ({source})")
    show.say(f"console: {stage.addresses['console']}  (choose a demo account, or a token from "
             f"{home.run / ACCOUNTS_FILE})")  # fmt: skip
    with show.live():
        tally = asyncio.run(
            play(
                home,
                dict(stage.addresses),
                script,
                clock_state=clock_state,
                key=key,
                texts=sample,
                audience=show,
                check=stage.check,
            )
        )
    accounts = msgspec.json.decode((home.run / ACCOUNTS_FILE).read_bytes())
    state = RunningState.read(home)
    database = Database(home.owner_url(), application_name="redress-demo", max_connections=1)
    with contextlib.closing(database):
        return summarise(
            database,
            analytics_url=stage.addresses["analytics"],
            token=accounts[0]["token"],
            tally=tally,
            processes=sorted(state.services) if state else [],
            simulated_hours=show.simulated_hours,
        )


class Show:
    """Shows the demo on a terminal: a line for each step of the start, then one living table."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self._live: Live | None = None
        self._simulated_from: float | None = None
        self.simulated_hours = 0.0

    def say(self, line: str) -> None:
        """One line, with the seconds since the start."""
        self._console.print(f"[dim]{time.monotonic() - self._started:5.1f} s[/dim]  {line}")

    @contextlib.contextmanager
    def waiting(self, line: str) -> Iterator[Callable[[], None]]:
        """A spinner for the time of the block."""
        with self._console.status(line):
            yield lambda: None

    @contextlib.contextmanager
    def live(self) -> Iterator[None]:
        """The living table for the time of the block."""
        with Live(console=self._console, refresh_per_second=4, transient=True) as self._live:
            yield

    def first(self, number: str) -> None:
        """How to look at the first complaint."""
        self.say(f"first complaint: {number}")
        self.say(f"look at it: REDRESS_HOME=var/demo .venv/bin/redress case show {number}")

    def scene(self, clock: SimulatedTime, tally: Tally, events: dict[str, int]) -> None:
        """The living table."""
        now = clock.now()
        self._simulated_from = self._simulated_from or now.timestamp()
        self.simulated_hours = (now.timestamp() - self._simulated_from) / 3600
        if self._live is None:
            return
        table = Table.grid(padding=(0, 2))
        table.add_row(
            f"[bold]{now.astimezone():%Y-%m-%d %H:%M}[/bold] x{clock.speed:.0f}",
            f"registered {tally.registered}",
            f"steps {tally.steps}",
            f"closed {events.get('ComplaintClosed', 0)}",
            f"[yellow]warned {events.get('DeadlineWarned', 0)}[/yellow]",
            f"[red]missed {events.get('DeadlineMissed', 0)}[/red]",
            f"refused {len(tally.refused)}",
        )
        self._live.update(table)


def _print(summary: Summary, *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(summary).decode())
        return
    table = Table(title="Summary", show_header=False)
    numerator, denominator = summary.on_time
    share = f"{numerator / denominator:.0%} ({numerator} of {denominator})" if denominator else "-"
    rows = {
        "simulated hours": str(summary.simulated_hours),
        **{f"complaints {state}": str(n) for state, n in summary.complaints.items()},
        "closed on time": share,
        "warnings at 90 %": str(summary.warnings),
        "misses": str(summary.misses),
        "urgings": str(summary.urgings),
        "events": f"{summary.events:,}",
        "steps taken over HTTP": str(summary.steps),
        "requests sent again": str(summary.repeated_requests),
        "steps refused": str(len(summary.refused)),
        "processes": ", ".join(summary.processes),
    }
    for name, value in rows.items():
        table.add_row(name, value)
    Console().print(table)
    for refusal in summary.refused:
        Console().print(f"refused: {refusal}")
