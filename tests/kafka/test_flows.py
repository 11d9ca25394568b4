"""The services learn of each other by topics alone: they work on when none may read the feed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from libs.events.kafka.admin import declare
from libs.events.kafka.publisher import Publisher
from libs.events.kafka.topics import load_topics
from libs.events.postgres.database import Database
from services.sla import bootstrap as sla
from services.sla.settings import WatchdogSettings
from tests.analytics.enterprise import PROCEDURES, Enterprise, enterprise
from tests.kafka.working import publishing, until
from tests.services.world import CENTRE, HANDLER, serving

SERVICES = ("intake", "dispatch", "sla", "analytics")


@pytest.fixture
def full(
    fresh_database: str, role_dsn_of: Callable[[str, str], str], tmp_path: Path, bootstrap: str
) -> Iterator[tuple[Enterprise, dict[str, str]]]:
    """All services over the declared topics, and where each is; none may read the feed."""
    topics = load_topics()
    asyncio.run(declare(bootstrap, topics))
    watching = WatchdogSettings(
        database_url=SecretStr(role_dsn_of("redress_sla", fresh_database)),
        keys=tmp_path,
        procedures=PROCEDURES,
        kafka_bootstrap=bootstrap,
    )
    with ExitStack() as stack:
        work = stack.enter_context(
            enterprise(fresh_database, role_dsn_of, tmp_path, kafka_bootstrap=bootstrap)
        )
        relay = Database(role_dsn_of("redress_relay", fresh_database), application_name="relay")
        stack.callback(relay.close)
        stack.enter_context(publishing(Publisher(relay, bootstrap, topics)))
        urls = {**work.urls, "sla": stack.enter_context(serving(sla.build(watching)))}
        until(lambda: all(notes(url) == {} for url in urls.values()), "every projection live")
        for service in SERVICES:
            work.tell(f"REVOKE SELECT ON events.feed FROM redress_{service}")
        yield work, urls


def notes(url: str) -> dict[str, str]:
    """What a service says is wrong while its work goes on."""
    answer = httpx.get(f"{url}/readyz")
    assert answer.status_code == httpx.codes.OK, answer.text
    found: dict[str, str] = answer.json()["notes"]
    return found


def test_every_flow_works_by_topics_alone(full) -> None:
    work, urls = full
    settled, late = (work.complaint()["complaint"] for _ in range(2))
    work.settle(settled)
    work.do(late, "issue-order", CENTRE, order="A", to="henan/network")

    def listed() -> set[str]:
        headers = {"Authorization": f"Bearer {work.token(HANDLER)}"}
        query = {"unit": "henan/network"}
        rows = work.dispatch.get("/work-list", params=query, headers=headers).json()["items"]
        return {row["complaint"] for row in rows}

    until(lambda: late in listed(), "the order in the work list")
    work.caught_up()
    board = work.read("/board")
    assert {event["type"] for event in board["latest"]} >= {"OrderIssued", "ComplaintClosed"}

    work.pass_hours(24 * 60)
    until(lambda: "DeadlineMissed" in work.events(late), "the miss")
    work.caught_up()
    until(
        lambda: "DeadlineMissed" in {e["type"] for e in work.read("/board")["latest"]},
        "the miss on the board",
    )
    until(lambda: work.ask("SELECT count(*) FROM sla.notices")[0][0] > 0, "the notice")
    assert all(notes(url) == {} for url in urls.values())
    assert work.ask("SELECT count(*) FROM events.refused_records")[0][0] == 0
