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
    """One clock drawn: its limit, the part used, its marks. `beyond`: it is due off the picture."""

    start: int
    due: int
    beyond: bool
    warn: int | None
    used: int
    now: int | None


def instant(text: str) -> datetime:
    """An aware time out of an API's ISO text."""
    return datetime.fromisoformat(text)


def axis(clocks: Sequence[Mapping[str, Any]], now: datetime) -> Axis:
    """The axis that holds all that happened, and due times ahead as far as there is room for them.

    A revisit due in a week must not press the hours before it into a line: what lies further ahead
    than the past is long (and half a day at least) is off the picture.
    """
    past = [instant(clock["started_at"]) for clock in clocks]
    past += [instant(clock["ended_at"]) for clock in clocks if clock["ended_at"]]
    past += [now] if any(map(running, clocks)) else []
    start, last = min(past, default=now), max(past, default=now)
    room = last + max(last - start, timedelta(hours=12))
    due = max((instant(clock["due_at"]) for clock in clocks), default=last)
    end = max(last, min(due, room))
    return Axis(start, end + max((end - start) / 50, timedelta(minutes=1)))


def running(clock: Mapping[str, Any]) -> bool:
    """Whether time still passes for this clock: not stopped, not cancelled, not paused."""
    if clock.get("paused_at"):
        return False
    return clock["state"] in {"open", "missed"} and not clock.get("ended_at")


def lane(clock: Mapping[str, Any], span: Axis, now: datetime) -> Lane:
    """The clock on the axis."""
    stopped = clock["ended_at"] or clock["paused_at"]
    stop = instant(stopped) if stopped else now
    warn = instant(clock["warn_at"]) if clock["warn_at"] else None
    return Lane(
        start=span.at(instant(clock["started_at"])),
        due=span.at(instant(clock["due_at"])),
        beyond=instant(clock["due_at"]) > span.end,
        warn=span.at(warn) if warn and warn <= span.end else None,
        used=span.at(stop),
        now=span.at(now) if running(clock) else None,
    )
