"""A run of scenario files through the running services, with its progress on the terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from libs.complaints.scenarios import Result, play_file
from libs.procedures.schema import ProcedureBook
from redress.home import Home
from redress.live.errors import LiveError
from redress.live.playing import LivePlayer
from redress.live.stage import Stage, own_stage, running_stage


def play_live(files: Sequence[Path], procedures: Path, home: Home | None) -> list[Result]:
    """Play the files one after another in the simulation of `home`, or in one of their own.

    Progress goes to standard error. Raises LiveError where there is no simulation to play in.
    """
    console, book = Console(stderr=True), ProcedureBook(procedures)
    with (
        _stage(procedures, home, console) as stage,
        contextlib.closing(LivePlayer(stage)) as player,
    ):
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        with bar:
            return [
                _played(path, book, player) for path in bar.track(files, description="playing live")
            ]


def _played(path: Path, book: ProcedureBook, player: LivePlayer) -> Result:
    try:
        return play_file(path, book, player.play)
    except LiveError as error:
        return Result(path=str(path), scenario=path.stem, outcome="failed", difference=str(error))


@contextlib.contextmanager
def _stage(procedures: Path, home: Home | None, console: Console) -> Iterator[Stage]:
    if home is not None:
        with running_stage(home) as stage:
            yield stage
        return
    with contextlib.ExitStack() as held:
        with console.status("starting a simulation of its own"):
            stage = held.enter_context(own_stage(procedures, while_waiting=lambda: None))
        yield stage
