"""What bad input may do to the store: nothing; and to the service: it goes on serving."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx

from tests.services.world import World

# The sequencer moves rows from the outbox to the feed meanwhile: together they do not change.
_STORED = """
    SELECT (SELECT count(*) FROM events.events),
           (SELECT md5(string_agg(stream || version || head::text, ',' ORDER BY stream))
              FROM events.streams),
           (SELECT count(*) FROM events.commands),
           (SELECT md5(string_agg(series || period || value, ',' ORDER BY series, period))
              FROM events.counters),
           (SELECT count(*) FROM events.outbox) + (SELECT count(*) FROM events.feed),
           (SELECT count(*) FROM keys.case_keys),
           (SELECT count(*) FROM events.file_chunks)
"""


def stored(world: World) -> tuple[Any, ...]:
    """A mark of everything the store holds: equal marks, nothing was stored."""
    return world.ask(_STORED)[0]


@contextlib.contextmanager
def unharmed(world: World) -> Iterator[None]:
    """What is sent inside stores nothing, and the services take the next step as ever."""
    before = stored(world)
    yield
    assert stored(world) == before
    assert world.register()["number"]
    assert world.dispatch.get("/readyz").status_code == httpx.codes.OK


def refused(answer: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """The problem that the answer is."""
    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    if code is not None:
        assert problem["type"] == f"urn:redress:problem:{code}"
    return problem


def faults(problem: dict[str, Any]) -> list[tuple[str, str]]:
    """The fields that a problem names with their codes; each has a reason in words."""
    assert all(error["reason"] for error in problem["errors"])
    return sorted((error["field"], error["code"]) for error in problem["errors"])


def broken(problem: dict[str, Any]) -> list[str]:
    """The rules that a refusal names; each with its reason in both languages."""
    assert all(rule["zh"] and rule["en"] for rule in problem["broken"])
    return [rule["rule"] for rule in problem["broken"]]
