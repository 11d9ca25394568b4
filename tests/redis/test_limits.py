"""Rate limits: so many writes for one member of staff, over all processes with one Redis."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from libs.access.identity import Subject
from libs.redis.buckets import Buckets
from services.intake import bootstrap as intake
from services.intake.settings import IntakeSettings
from tests.redis.conftest import Server
from tests.services.test_process import free_port
from tests.services.world import AGENT, TEXT, World, serving

OTHER = Subject(staff="s-other-agent", role="agent", unit="henan/hotline")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def taken(buckets: Buckets, name: str, tries: int) -> int:
    return sum([await buckets.take(name) == 0 for _ in range(tries)])


@pytest.mark.anyio
async def test_two_processes_share_one_bucket(server: Server) -> None:
    # One token a minute comes back: none does while the test runs.
    first, second = (Buckets(server.url, service="a", per_minute=1) for _ in range(2))
    assert await first.take("s-1") == 0
    waits = await second.take("s-1")
    assert 0 < waits <= 60
    assert await second.take("s-2") == 0
    server.client.flushall()
    assert await second.take("s-1") == 0
    await first.aclose()
    await second.aclose()


@pytest.mark.anyio
async def test_a_bucket_holds_ten_seconds_worth(server: Server) -> None:
    buckets = Buckets(server.url, service="a", per_minute=60)
    assert await taken(buckets, "s-1", 10) == 10
    assert await taken(buckets, "s-1", 3) < 3
    await buckets.aclose()


@pytest.mark.anyio
async def test_without_redis_each_process_counts_for_itself() -> None:
    for url in (None, f"redis://127.0.0.1:{free_port()}/0"):
        first, second = (Buckets(url, service="a", per_minute=1) for _ in range(2))
        assert await first.take("s-1") == 0
        assert await first.take("s-1") > 0
        assert await second.take("s-1") == 0
        await first.aclose()
        await second.aclose()


@pytest.mark.anyio
async def test_a_redis_killed_in_between_changes_nothing_but_the_count(server: Server) -> None:
    buckets = Buckets(server.url, service="a", per_minute=1)
    assert await buckets.take("s-1") == 0
    server.kill()
    assert await buckets.take("s-1") == 0
    assert await buckets.take("s-1") > 0
    await buckets.aclose()


@pytest.fixture
def processes(
    server: Server, fresh_database: str, role_dsn: Any, regulations_folder: Any, tmp_path: Any
) -> Iterator[list[World]]:
    """Two intakes on one store and one Redis, six writes a minute for everybody."""
    settings = IntakeSettings(
        database_url=role_dsn("redress_intake"), default_procedure="small", keys=tmp_path / "keys",
        procedures=regulations_folder, redis_url=server.url, writes_per_minute=6,
    )  # fmt: skip
    with ExitStack() as stack:
        urls = [stack.enter_context(serving(intake.build(settings))) for _ in range(2)]
        worlds = [World(fresh_database, tmp_path / "keys", url, url) for url in urls]
        for world in worlds:
            stack.callback(world.close)
        yield worlds


def write(world: World, subject: Subject) -> httpx.Response:
    body = {"with": {"channel": "hotline", "content": TEXT, "complainant": "王女士"}}
    return world.intake.post(
        "/complaints", json=body, headers=world.headers(subject, str(uuid.uuid4()))
    )


def test_too_many_writes_are_refused_with_the_time_to_wait(processes: list[World]) -> None:
    here, there = processes
    assert write(here, AGENT).status_code == 201
    refused = write(there, AGENT)
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:redress:problem:too-many"
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert write(there, OTHER).status_code == 201
    assert here.ask("SELECT count(*) FROM events.streams")[0] == (2,)
    told = there.intake.get("/metrics").text
    assert 'redress_rate_limited_total{service="intake"}' in told


def test_reading_is_not_limited(processes: list[World]) -> None:
    here, _ = processes
    assert write(here, AGENT).status_code == 201
    assert all(here.intake.get("/healthz").is_success for _ in range(20))
