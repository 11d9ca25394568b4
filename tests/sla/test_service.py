"""The process: it watches by itself, tells, shows clocks, and says whether it is at work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from libs.access.identity import Subject, issue_token, signing_key
from services.sla.bootstrap import build
from services.sla.settings import WatchdogSettings
from tests.services.world import sequencing, serving
from tests.sla.drill import HOUR, START, Drill
from tests.sla.receiver import receiving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def settings(drill: Drill, role_dsn: Callable[..., str], tmp_path: Path) -> WatchdogSettings:
    return WatchdogSettings(
        database_url=SecretStr(role_dsn("redress_sla")),
        keys=tmp_path,
        procedures=Path(__file__).parent / "procedures",
        webhook_secret=SecretStr(SECRET),
    )


@pytest.fixture
def token(tmp_path: Path) -> str:
    key = signing_key(tmp_path, lambda _: None)
    subject = Subject(staff="h-1", role="centre", unit="henan/centre")
    return issue_token(key, subject, timedelta(hours=1))


@pytest.fixture
def client(settings: WatchdogSettings) -> Iterator[httpx.Client]:
    with serving(build(settings)) as url, httpx.Client(base_url=url) as client:
        yield client


def until(found: Callable[[], bool]) -> None:
    """Wait for something that the process does by itself."""
    give_up_at = time.monotonic() + 30
    while not found():
        assert time.monotonic() < give_up_at, "it did not happen"
        time.sleep(0.05)


def test_it_watches_and_tells(
    drill: Drill, settings: WatchdogSettings, fresh_database: str
) -> None:
    with receiving() as receiver:
        told = settings.model_copy(update={"webhook_url": receiver.url})
        complaint = drill.register()
        with sequencing(fresh_database), serving(build(told)):
            until(lambda: bool(drill.rows()))
            drill.after(101)
            until(lambda: len(receiver.received) == 2)
    assert drill.types(complaint)[1:] == ["DeadlineWarned", "DeadlineMissed"]
    assert {arrived.event_id for arrived in receiver.received} == {
        f"complaint/{complaint}/2",
        f"complaint/{complaint}/3",
    }


def test_the_clocks_shown_are_what_the_watchdog_will_do(
    drill: Drill, client: httpx.Client, token: str, fresh_database: str
) -> None:
    complaint = drill.register()
    drill.issue(complaint)
    drill.after(3)
    answer = client.get(f"/clocks/{complaint}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    shown = answer.json()
    assert shown["version"] == 2
    handle = next(clock for clock in shown["clocks"] if clock["clock"] == "handle-order")
    assert handle["order"] == "A"
    assert handle["state"] == "open"
    assert handle["remaining_s"] == 7 * 3600
    assert handle["next_rung_at"] == (START + 5 * HOUR).isoformat().replace("+00:00", "Z")
    assert handle["explanation"]["segments"]
    with sequencing(fresh_database):
        until(lambda: len(drill.rows()) == 2)
    assert {rung_at for *_, rung_at in drill.rows()} == {START + 5 * HOUR, START + 90 * HOUR}


@pytest.mark.parametrize("complaint", ["s1-" + "0" * 32, "nonsense"])
def test_an_unknown_complaint_is_absent(client: httpx.Client, token: str, complaint: str) -> None:
    answer = client.get(f"/clocks/{complaint}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404


def test_nobody_sees_clocks_without_a_token(drill: Drill, client: httpx.Client) -> None:
    assert client.get(f"/clocks/{drill.register()}").status_code == 401


def test_it_says_how_it_is(client: httpx.Client) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json()["checks"] == {"store": True, "threads": True}
    measured = client.get("/metrics").text
    assert "redress_watchdog_lateness_seconds" in measured
    assert "redress_watchdog_backlog" in measured
    assert "redress_watchdog_due_next_hour" in measured
