"""Every warning, miss and urging is kept to be told once, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from redress.verification import Finding

PROMISE = "notices"


def check_notices(rows: Iterable[tuple[str, int, str | None, str | None]]) -> Iterator[Finding]:
    """Findings in rows (stream, version, type of the event, type of the notice)."""
    for stream, version, event, notice in rows:
        if event != notice:
            reason = f"{event} has no notice" if event else f"a notice of {notice} has no event"
            yield Finding(promise=PROMISE, stream=stream, version=version, reason=reason)
