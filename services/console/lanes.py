"""Where a clock's parts lie on the common time axis of a case page, in thousandths of its width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

WIDTH = 1000


class Axis(msgspec.Struct, frozen=True):
    """The span of time that a case page shows, a little wider than what happened in it."""

    start: datetime
    end: datetime

    def at(self, instant: datetime) -> int:
        """The place of an instant, within 0 and WIDTH."""
        share = (instant - self.start) / (self.end - self.start)
        return round(WIDTH * min(1.0, max(0.0, share)))


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One clock drawn: its limit, the part used, the part used too much, its marks."""

    start: int
    due: int
    warn: int | None
    used: int
    now: int | None


def instant(text: str) -> datetime:
    """An aware time out of an API's ISO text."""
    return datetime.fromisoformat(text)


def axis(clocks: Sequence[Mapping[str, Any]], now: datetime) -> Axis:
    """The axis that holds every start, due time and stop; the present only while a clock runs."""
    instants = [
        instant(clock[name])
        for clock in clocks
        for name in ("started_at", "due_at", "ended_at")
        if clock.get(name)
    ]
    if any(running(clock) for clock in clocks):
        instants.append(now)
    start, end = min(instants, default=now), max(instants, default=now)
    margin = max((end - start) / 50, timedelta(minutes=1))
    return Axis(start, end + margin)


def running(clock: Mapping[str, Any]) -> bool:
    """Whether time still passes for this clock: not stopped, not cancelled, not paused."""
    if clock.get("paused_at"):
        return False
    return clock["state"] in {"open", "missed"} and not clock.get("ended_at")


def lane(clock: Mapping[str, Any], span: Axis, now: datetime) -> Lane:
    """The clock on the axis."""
    stopped = clock["ended_at"] or clock["paused_at"]
    stop = instant(stopped) if stopped else now
    return Lane(
        start=span.at(instant(clock["started_at"])),
        due=span.at(instant(clock["due_at"])),
        warn=span.at(instant(clock["warn_at"])) if clock.get("warn_at") else None,
        used=span.at(stop),
        now=span.at(now) if running(clock) else None,
    )
