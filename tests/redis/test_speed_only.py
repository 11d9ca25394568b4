"""With Redis, without, flushed at every step, or killed half-way: the same comes out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.analytics.enterprise import Enterprise, enterprise, wait_until
from tests.redis.conftest import Server
from tests.services.world import CENTRE, NATIONAL


@pytest.fixture(params=["there", "flushed", "killed", "none"])
def fate(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def work(
    fate: str, server: Server, fresh_database: str, role_dsn_of: Any, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Enterprise]:  # fmt: skip
    """The services, told of Redis as they are in an installation: by their environment."""
    assert "REDRESS_REDIS_URL" not in os.environ
    if fate != "none":
        monkeypatch.setenv("REDRESS_REDIS_URL", server.url)
    with enterprise(fresh_database, role_dsn_of, tmp_path / "keys") as working:
        yield working


def test_the_same_comes_out(work: Enterprise, server: Server, fate: str) -> None:
    meanwhile: dict[str, Callable[[], Any]] = {
        "flushed": server.client.flushall,
        "killed": server.kill,
    }
    happens = meanwhile.get(fate, lambda: None)
    for turn in range(3):
        complaint = work.complaint()["complaint"]
        happens()
        if turn < 2:
            work.settle(complaint)
        else:
            work.do(complaint, "issue-order", CENTRE, order="A", to="henan/network")
    work.caught_up()
    assert work.ask("SELECT count(*) FROM events.events") == [(17,)]
    assert work.ask("SELECT count(*), max(position) FROM events.feed") == [(17, 16)]
    rates = work.read("/rates/on-time", by="province")["total"]["without_extensions"]
    assert (rates["numerator"], rates["denominator"]) == (2, 3)
    wait_until(lambda: (complaint, "A") in listed(work))


def listed(work: Enterprise) -> set[tuple[str, str | None]]:
    """Complaint and order of what the work list of the province shows."""
    headers = {"Authorization": f"Bearer {work.token(NATIONAL)}"}
    answer = work.dispatch.get("/work-list", params={"unit": "henan"}, headers=headers).json()
    return {(item["complaint"], item["order"]) for item in answer["items"]}
