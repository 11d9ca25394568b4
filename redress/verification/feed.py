"""The feed is dense, holds every event once, and keeps each stream's order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from redress.verification import Finding

PROMISE = "feed"


def check_feed(
    rows: Iterable[tuple[int, str, int]], versions: dict[str, int], waiting: dict[str, int]
) -> Iterator[Finding]:
    """Findings in the feed's rows (position, stream, version) ordered by position.

    `versions`: the head version of each stream; `waiting`: how many of its events are still in the
    outbox. What is neither in the feed nor in the outbox is found, and what is there twice.
    """
    reached: dict[str, int] = {}
    next_position = 0
    for position, stream, version in rows:
        before = reached.get(stream, 0)
        if position != next_position:
            yield _finding(stream, version, f"position {position} follows {next_position - 1}")
        if version != before + 1:
            yield _finding(stream, version, f"comes after version {before} of its stream")
        reached[stream] = version
        next_position = position + 1
    for stream, version in versions.items():
        if reached.get(stream, 0) + waiting.get(stream, 0) != version:
            yield _finding(stream, version, f"the feed reached version {reached.get(stream, 0)}")
    for stream in reached.keys() - versions.keys():
        yield _finding(stream, reached[stream], "is in the feed but not in the store")


def _finding(stream: str, version: int, reason: str) -> Finding:
    return Finding(promise=PROMISE, stream=stream, version=version, reason=reason)
