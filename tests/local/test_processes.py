"""The local runner: everything comes up, stays up, and goes down as a whole."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psycopg2
import pytest

from redress.home import Home
from redress.local.database import start_database
from redress.local.processes import Processes, ProcessesError, run_everything
from redress.local.state import RunningState, only_supervisor
from redress.local.supervision import Service

ROOT = Path(__file__).parents[2]


def service(name: str, misbehave: str = "") -> Service:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "REDRESS_PORT": str(port),
        "MISBEHAVE": misbehave,
    }
    return Service(name=name, module="tests.local.answering", port=port, environment=environment)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(folder=tmp_path / "var", outside_url=None)
    yield home
    home.server.stop()


@contextlib.contextmanager
def running(home: Home, *services: Service, stop_s: float = 9.0) -> Iterator[Mapping[str, str]]:
    """The services under supervision, ready; stopped at the end of the block."""
    stop, ready = threading.Event(), threading.Event()
    addresses: dict[str, str] = {}

    def on_ready(found: Mapping[str, str]) -> None:
        addresses.update(found)
        ready.set()

    processes = Processes(home, services, stop_s=stop_s)
    thread = threading.Thread(target=processes.run, args=(stop, on_ready))
    thread.start()
    try:
        assert ready.wait(60)
        yield addresses
    finally:
        stop.set()
        thread.join()


def until(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it did not come true within 30 s")


def answers(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
        return bool(answer.status == 200)
    return False


def alive(pid: int | None) -> bool:
    return pid is not None and Path(f"/proc/{pid}").exists()


def pid_of(home: Home, name: str) -> int | None:
    state = RunningState.read(home)
    return state.services[name].pid if state else None


def test_everything_is_ready_written_down_and_gone_in_the_end(home: Home) -> None:
    intake, sla = service("intake"), service("sla")
    with running(home, intake, sla) as addresses:
        assert addresses == {"intake": intake.url, "sla": sla.url}
        assert all(answers(url) for url in addresses.values())
        state = RunningState.read(home)
        assert state is not None
        assert state.ready
        assert state.pid == os.getpid()
        assert {name: each.url for name, each in state.services.items()} == addresses
        pids = [each.pid for each in state.services.values()]
        assert all(map(alive, pids))

    assert not any(map(alive, pids))
    assert RunningState.read(home) is None


def test_a_crashed_process_comes_back_at_the_same_address(home: Home) -> None:
    with running(home, service("intake"), service("sla")) as addresses:
        first, neighbour = pid_of(home, "intake"), pid_of(home, "sla")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{addresses['intake']}/crash", timeout=2)

        until(lambda: pid_of(home, "intake") not in (first, None))
        until(lambda: answers(addresses["intake"]))
        assert pid_of(home, "sla") == neighbour


def test_a_killed_database_comes_back_at_the_same_address(home: Home) -> None:
    url = start_database(home)
    server = home.server.status()
    assert server is not None
    with running(home, service("intake")):
        os.kill(server.pid, signal.SIGKILL)

        def is_back() -> bool:
            found = home.server.status()
            return found is not None and found.pid != server.pid

        until(is_back)
        psycopg2.connect(url).close()


def test_a_process_that_will_not_stop_is_killed(home: Home) -> None:
    with running(home, service("intake", misbehave="stay"), stop_s=0.5):
        pid = pid_of(home, "intake")
    assert not alive(pid)


def test_a_process_that_does_not_start_ends_it_all_with_its_last_words(home: Home) -> None:
    processes = Processes(home, [service("intake"), service("sla", misbehave="break")])
    with pytest.raises(ProcessesError, match="sla does not start: the answer to everything"):
        processes.run(threading.Event(), lambda _addresses: None)
    assert RunningState.read(home) is None


def test_a_second_supervisor_of_one_folder_is_refused(home: Home) -> None:
    with only_supervisor(home) as alone:
        assert alone
        with pytest.raises(ProcessesError, match="run already"):
            run_everything(home, stop=threading.Event(), on_ready=lambda _addresses: None)


def test_what_a_killed_supervisor_left_is_ended_and_a_stranger_is_not(home: Home) -> None:
    left, stranger = service("intake"), service("sla")
    orphan = subprocess.Popen(
        [sys.executable, "-m", left.module], env=dict(left.environment), start_new_session=True
    )
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    until(lambda: answers(left.url))
    with running(home, stranger):
        state = RunningState.read(home)
        assert state is not None
    described = state.services["sla"]
    RunningState(
        pid=state.pid,
        ready=True,
        services={
            "intake": type(described)(url=left.url, pid=orphan.pid, module=left.module, log=""),
            "sla": type(described)(url="", pid=other.pid, module=left.module, log=""),
        },
    ).write(home)

    stopped = threading.Event()
    stopped.set()
    run_everything(home, stop=stopped, on_ready=lambda _addresses: None, base_port=0)
    try:
        assert orphan.wait() == -signal.SIGKILL
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
    assert home.server.status() is None
