"""register-http: a complaint registered over HTTP, 32 clients, 2 workers a side.

The peer is FastAPI as its tutorial shows it: a pydantic model, one INSERT (asyncpg) per POST, no
check, no rule, no seal, no number, no chain. Both get the same text, from the same load generator,
on the same server. Ours decides, seals four fields, numbers, chains and stores for each answer.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx

from bench.appends import PEER_TABLE
from bench.measurement import Measurement, Round
from bench.place import Place
from libs.access.identity import Subject, issue_token, signing_key
from libs.events.postgres.database import Database
from libs.events.postgres.logins import give_logins

HERE = Path(__file__).parent
WORKERS, CLIENTS = 2, 32
WARM_S, SECONDS = 0.3, 2.0
PATIENCE_S = 60
COMPLAINT = {
    "channel": "hotline",
    "complainant": "王女士",
    "contact": "138****0000",
    "content": "家中宽带连续三天断网，报修后无人上门，客服热线每次都说已经登记，"
    "请尽快派人维修并说明原因。上月也发生过两次，每次都要等一天以上才恢复，影响孩子上网课。",
    "demand": "尽快修复，并减免本月费用。",
}


@contextmanager
def contest(place: Place) -> Iterator[Mapping[str, Round]]:
    """Both services running."""
    ours, peer = place.migrated_database("register_ours"), place.empty_database("register_peer")
    logins = give_logins(ours, lambda role: f"bench-{role}")
    database = Database(peer, application_name="bench")
    with database.transaction() as cursor:
        cursor.execute(PEER_TABLE)
    database.close()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        keys = Path(folder) / "keys"
        agent = Subject(staff="s100", role="agent", unit="henan/hotline")
        token = issue_token(signing_key(keys, lambda _: None), agent, timedelta(hours=1))
        our_port = stack.enter_context(_intake(logins["intake"], keys))
        peer_port = stack.enter_context(_bare(peer))
        yield {
            "ours": lambda: _rate(our_port, token, {"with": COMPLAINT}),
            "peer": lambda: _rate(peer_port, token, {"told": COMPLAINT}),
        }


@contextmanager
def _intake(dsn: str, keys: Path) -> Iterator[int]:
    port = _free_port()
    settings = {
        "REDRESS_DATABASE_URL": dsn,
        "REDRESS_PORT": str(port),
        "REDRESS_KEYS": str(keys),
        "REDRESS_PROCEDURES": str(HERE.parent / "procedures"),
        "REDRESS_WORKERS": str(WORKERS),
        "REDRESS_LOG_LEVEL": "info",
    }
    with _running(["services.intake.main"], settings, f"http://127.0.0.1:{port}/readyz"):
        yield port


@contextmanager
def _bare(dsn: str) -> Iterator[int]:
    port = _free_port()
    command = [
        *("uvicorn", "bench.bare_post:app", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(WORKERS), "--no-access-log", "--log-level", "error"),
    ]
    with _running(command, {"BENCH_DSN": dsn}, f"http://127.0.0.1:{port}/docs"):
        yield port


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def _running(module: list[str], settings: dict[str, str], url: str) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", *module], env=os.environ | settings, cwd=HERE.parent
    )
    try:
        _await(url, process)
        yield
    finally:
        process.terminate()
        process.wait()


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_S
    last = "nothing"
    while time.monotonic() < until and process.poll() is None:
        try:
            answer = httpx.get(url)
            if answer.is_success:
                return
            last = answer.text
        except httpx.TransportError as error:
            last = str(error)
        time.sleep(0.1)
    sys.exit(f"{url} does not answer but: {last}")


def _rate(port: int, token: str, body: dict[str, object]) -> float:
    """Complaints registered per second; any other answer than 201 spoils the run."""
    asked = {
        "port": port,
        "path": "/complaints",
        "token": token,
        "body": json.dumps(body, ensure_ascii=False),
        "clients": CLIENTS,
        "warm_s": WARM_S,
        "seconds": SECONDS,
    }
    ran = subprocess.run(
        [sys.executable, str(HERE / "load.py"), json.dumps(asked)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    told = json.loads(ran.stdout)
    if set(told["statuses"]) != {"201"}:
        sys.exit(f"register-http: answers by status: {told['statuses']}")
    return float(told["rate"])


MEASUREMENTS = [
    Measurement(
        name="register-http",
        unit="complaints/s",
        peer="FastAPI, one INSERT per POST, 2 workers",
        must=1.0,
        stretch=1.5,
        contest=contest,
    )
]
