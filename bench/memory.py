"""Memory of each process, idle and under the demo's load: a table and bench/memory.json.

`python -m bench.memory`. Figures are PSS in MiB: pages shared between processes are shared out, so
that the sum is what the machine gives up. PostgreSQL counts with all its processes.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from redress.demo.play import Script, play
from redress.demo.simulated import SimulatedTime
from redress.demo.staff import Tally
from redress.demo.stage import Stage
from redress.demo.texts import made_up
from redress.home import Home
from redress.local.state import RunningState

LATEST = Path(__file__).parent / "memory.json"
SPEED, PER_SECOND, COMPLAINTS, FINISH_S = 600, 8.0, 400, 30.0


class Watching:
    """Looks at the processes while the demo plays, and keeps the most that each has used."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.most: dict[str, float] = {}

    def first(self, number: str) -> None: ...

    def scene(self, clock: SimulatedTime, tally: Tally, events: dict[str, int]) -> None:
        for name, used in memory(self._home).items():
            self.most[name] = max(self.most.get(name, 0.0), used)


def memory(home: Home) -> dict[str, float]:
    """MiB by process name."""
    state = RunningState.read(home)
    services = state.services if state else {}
    used = {name: _pss(each.pid) for name, each in sorted(services.items()) if each.pid}
    server = home.server.status()
    return used | ({"postgres": _pss(server.pid)} if server else {})


def _pss(pid: int) -> float:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    own = next(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) / 1024
    return own + sum(_pss_or_gone(int(child)) for child in children)


def _pss_or_gone(pid: int) -> float:
    try:
        return _pss(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="redress-memory-") as folder:
        home = Home(folder=Path(folder) / "demo", outside_url=None)
        stage = Stage(home, speed=SPEED, base_port=0)
        clock_state, key = stage.prepare()
        try:
            stage.start(while_waiting=lambda: None)
            idle = memory(home)
            watching = Watching(home)
            script = Script(
                per_second=PER_SECOND, most=COMPLAINTS, finish_within_s=FINISH_S, seed=1
            )
            tally = asyncio.run(
                play(
                    home,
                    dict(stage.addresses),
                    script,
                    clock_state=clock_state,
                    key=key,
                    texts=made_up(100, seed=1),
                    audience=watching,
                    check=stage.check,
                )
            )
        finally:
            stage.close()
    table = Table("process", "idle MiB", "under load MiB")
    for name, used in [*idle.items(), ("sum", sum(idle.values()))]:
        most = watching.most.get(name, sum(watching.most.values()))
        table.add_row(name, f"{used:.0f}", f"{most:.0f}")
    Console().print(table)
    figures = {
        "unit": "MiB PSS",
        "idle": {name: round(used, 1) for name, used in idle.items()},
        "under_load": {name: round(used, 1) for name, used in watching.most.items()},
        "load": f"{tally.registered} complaints at {PER_SECOND}/s, {tally.steps} steps",
        "command": "python -m bench.memory",
    }
    LATEST.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
