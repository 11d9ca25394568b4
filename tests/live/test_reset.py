"""A simulation emptied under its running services: they follow without a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from libs.access.identity import Subject, issue_token
from libs.complaints.commands import Refusal
from redress.live.callers import Callers
from redress.live.playing import CONSUMERS, until
from redress.live.stage import Stage

AGENT = Subject(staff="s-1", role="agent", unit="henan/hotline")
CENTRE = Subject(staff="s-2", role="centre", unit="henan/centre")
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
REGISTRATION = {
    "procedure": "telecom-complaint",
    "with": {
        "channel": "hotline",
        "customer_tier": "ordinary",
        "level": "provincial",
        "business": "broadband-data",
        "category": "tariff-dispute",
        "promised_at": "2026-03-04T09:00:00+08:00",
        "content": "宽带断网",
    },
}


@pytest.fixture
def callers(stage: Stage):
    callers = Callers(stage.addresses, stage.key)
    yield callers
    callers.close()


def look(stage: Stage, service: str, path: str) -> httpx.Response:
    token = issue_token(stage.key, CENTRE, timedelta(hours=1))
    return httpx.get(
        stage.addresses[service] + path, headers={"Authorization": f"Bearer {token}"}, timeout=30
    )


def registered(stage: Stage, callers: Callers) -> str:
    complaint = callers.take(AGENT, "register", None, REGISTRATION)
    assert isinstance(complaint, str)
    until(lambda: stage.simulation.followed(CONSUMERS), "the projections")
    return complaint


def test_everything_is_gone_from_every_service(stage: Stage, callers: Callers) -> None:
    stage.simulation.reset(starts_at=MORNING, speed=0)
    gone = registered(stage, callers)
    supplement = {"with": {"content": "补充"}}
    assert callers.take(AGENT, "supplement", gone, supplement) == gone
    order = {"order": "A", "to": "henan/network"}
    assert callers.take(CENTRE, "issue_order", gone, order) == gone
    until(lambda: stage.simulation.followed(CONSUMERS), "the projections")
    work = look(stage, "dispatch", "/work-list?unit=henan").json()
    assert {item["complaint"] for item in work["items"]} == {gone}

    epoch = stage.simulation.state().epoch
    assert stage.simulation.reset(starts_at=MORNING, speed=0).epoch == epoch + 1

    for action in ("supplement", "issue_order"):
        refusal = callers.take(
            CENTRE, action, gone, supplement if action == "supplement" else order
        )
        assert isinstance(refusal, Refusal)
        assert [broken.rule for broken in refusal.broken] == ["http-404"]
    for service, path in (("analytics", f"/cases/{gone}"), ("sla", f"/clocks/{gone}")):
        assert look(stage, service, path).status_code == 404
    assert look(stage, "dispatch", "/work-list?unit=henan").json()["items"] == []
    assert look(stage, "analytics", "/cases").json()["items"] == []


def test_a_new_epoch_counts_from_the_beginning(stage: Stage, callers: Callers) -> None:
    numbers = []
    for _ in range(2):
        stage.simulation.reset(starts_at=MORNING, speed=0)
        numbers.append(callers.case(registered(stage, callers)).number)
    assert numbers[0] == numbers[1]
    assert look(stage, "dispatch", "/work-list?unit=henan").json()["position"] == 1


def test_the_watchdog_looks_where_time_jumps_to(stage: Stage, callers: Callers) -> None:
    stage.simulation.reset(starts_at=MORNING, speed=0)
    complaint = registered(stage, callers)
    falls = callers.next_rung_at(complaint)
    assert falls is not None
    stage.simulation.jump(falls + timedelta(minutes=1))
    until(lambda: callers.next_rung_at(complaint) != falls, "the watchdog")
    types = [event.type for event in callers.case(complaint).events]
    assert types[-1] == "DeadlineWarned"


def test_the_watchdog_does_not_look_before_it_is_told_to(stage: Stage, callers: Callers) -> None:
    stage.simulation.reset(starts_at=MORNING, speed=0)
    complaint = registered(stage, callers)
    falls = callers.next_rung_at(complaint)
    assert falls is not None
    stage.simulation.jump(falls, watched=False)
    # Taken at the warning's own instant, it comes before the warning, which then is not due.
    order = {"order": "A", "to": "henan/network"}
    assert callers.take(CENTRE, "issue_order", complaint, order) == complaint
    for _ in range(2):  # at that minute's end, and when the next limit's warning falls
        stage.simulation.jump(falls + timedelta(seconds=59))
        until(lambda at=falls: callers.next_rung_at(complaint) != at, "the watchdog")
        falls = callers.next_rung_at(complaint)
        assert falls is not None
    types = [event.type for event in callers.case(complaint).events]
    assert types.index("OrderIssued") < types.index("DeadlineWarned")
    assert types.count("DeadlineWarned") == 1
