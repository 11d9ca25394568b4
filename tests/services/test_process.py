"""The services as processes: started from the environment, stopped without losing anything."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from datetime import timedelta

import httpx
import pytest

from libs.access.identity import issue_token, signing_key
from libs.access.keyring import KeyRing
from libs.casework.casekeys import CaseKeys
from libs.casework.reading import read_case
from libs.casework.registry import REGISTRY
from libs.casework.regulations import Regulations
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from tests.services.process import free_port, intake_running
from tests.services.world import AGENT, TEXT


@pytest.fixture
def intake_process(module_database, role_dsn_of, regulations_folder, tmp_path):
    """`python -m services.intake.main`, its secret address in a file; killed at the end."""
    port = free_port()
    dsn = role_dsn_of("redress_intake", module_database)
    with intake_running(dsn, tmp_path, regulations_folder, port) as process:
        yield process, f"http://127.0.0.1:{port}", tmp_path / "keys"


def test_a_stopped_service_has_lost_no_acknowledged_command(
    intake_process, module_database, regulations_folder
):
    process, url, keys = intake_process
    token = issue_token(signing_key(keys, pytest.fail), AGENT, timedelta(hours=1))
    acknowledged = []

    async def keep_registering(client: httpx.AsyncClient, number: int) -> None:
        for turn in range(10_000):
            key = f"00000000-0000-4000-8000-{number:04d}{turn:08d}"
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
            body = {"with": {"channel": "hotline", "content": TEXT}}
            try:
                answer = await client.post("/complaints", json=body, headers=headers)
            except httpx.TransportError:
                return
            if answer.status_code == 201:
                acknowledged.append(answer.json()["complaint"])
            if len(acknowledged) == 50 and process.poll() is None:
                process.send_signal(signal.SIGTERM)

    async def run() -> None:
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            await asyncio.gather(*(keep_registering(client, number) for number in range(8)))

    asyncio.run(run())
    assert process.wait(timeout=10) == 0
    assert len(acknowledged) >= 50
    log = process.stdout.read().decode()
    lines = [json.loads(line) for line in log.splitlines()]
    assert any(line.get("file", "").endswith(".key") for line in lines)
    assert all({"at", "level", "service", "event"} <= line.keys() for line in lines)
    assert TEXT not in log
    assert token not in log
    check_all_there(acknowledged, module_database, regulations_folder, keys)


def check_all_there(complaints, dsn, regulations_folder, keys):
    database = Database(dsn, application_name="test")
    store = EventStore(database, service="intake", registry=REGISTRY)
    regulations = Regulations(regulations_folder)
    case_keys = CaseKeys(database, KeyRing(keys, pytest.fail))
    for complaint in complaints:
        stream = f"complaint/{complaint}"
        history = read_case(store, regulations, stream)
        (entry,) = history.entries
        assert entry.text(case_keys.of_now(stream)) == {"content": TEXT}
        assert entry.fact.sealed == {"content"}
    database.close()


def test_a_service_without_its_database_address_says_so_and_ends():
    environment = {n: v for n, v in os.environ.items() if not n.startswith("REDRESS_")}
    ended = subprocess.run(
        [sys.executable, "-m", "services.intake.main"], env=environment, capture_output=True,
        text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode != 0
    assert "database_url" in ended.stderr
