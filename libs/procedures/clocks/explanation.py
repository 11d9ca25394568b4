"""Why a deadline is what it is: the ledger of counted and skipped time, day by day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from libs.procedures.clocks.deadlines import Pause, counts_calendar, counts_hours, deadline
from libs.procedures.clocks.limits import Limit
from libs.procedures.clocks.runs import Run, RunState
from libs.procedures.clocks.timetable import Timetable

Reason = Literal[
    "elapsed",  # counted through nights and holidays
    "same-day",  # until 24:00 of the starting day
    "given",  # the due time came with the case
    "starting-day",
    "workday",
    "make-up-day",
    "weekend",
    "holiday",
    "outside-hours",
    "rolled",  # from an end outside working time to where the limit rolls
    "paused",
    "extended",
]


class Segment(msgspec.Struct, frozen=True):
    """A stretch of time that counts towards the limit or is skipped, and why.

    `festival`: the holiday (also of a make-up day). `provisional`: the day's year has not been
    announced.
    """

    from_at: datetime
    until_at: datetime
    counted: bool
    reason: Reason
    festival: str | None = None
    provisional: bool = False


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """How a due time came about. The counted segments add up to the limit.

    `calendar`: version of the calendar, when it decided. `uncapped_due_at`: where the limit alone
    would have ended, when a cap moved it. `first_due_at`: the due time before any extension.
    """

    started_at: datetime
    limit: Limit | None
    calendar: str | None
    segments: tuple[Segment, ...]
    uncapped_due_at: datetime | None
    first_due_at: datetime
    due_at: datetime


class ClockView(msgspec.Struct, frozen=True, kw_only=True):
    """One run as seen at one time. `warned`, `missed`: whether that event is on record.

    `warn_at`: the first warning for the due time in force. `ended_at`: when the stopping or
    cancelling event was recorded; `claimed_at`: when it is said to have happened.
    """

    clock: str
    order: str | None
    run: int
    state: RunState
    started_at: datetime
    due_at: datetime
    first_due_at: datetime
    warn_at: datetime | None
    next_rung_at: datetime | None
    ended_at: datetime | None
    claimed_at: datetime | None
    paused_at: datetime | None
    warned: bool
    missed: bool
    soft: bool
    defaulted: bool
    provisional: bool
    title: dict[str, str]
    _run: Run
    _timetable: Timetable

    @property
    def met_at(self) -> datetime | None:
        """When it was met; None in any other state."""
        return self.ended_at if self.state == "met" else None

    @property
    def explanation(self) -> Explanation:
        """The ledger behind the due time (made when asked for)."""
        return explain(self._run, self._timetable)


def view_of(run: Run, now: datetime, timetable: Timetable) -> ClockView:
    """A run that has come into being, as seen at this time."""
    assert run.due_at is not None
    assert run.first_due_at is not None
    return ClockView(
        clock=run.clock.id,
        order=run.order,
        run=run.number,
        state=run.state(now),
        started_at=run.started_at,
        due_at=run.due_at,
        first_due_at=run.first_due_at,
        warn_at=run.warnings[0][1] if run.warnings else None,
        next_rung_at=min((rung.at for rung in run.unrecorded()), default=None),
        ended_at=run.ended_at,
        claimed_at=run.claimed_at,
        paused_at=run.paused_at,
        warned=run.ever_warned,
        missed=run.missed,
        soft=run.clock.soft,
        defaulted=run.clock.defaulted,
        provisional=run.provisional,
        title=run.clock.title,
        _run=run,
        _timetable=timetable,
    )


def explain(run: Run, timetable: Timetable) -> Explanation:
    """The ledger of a run that has come into being."""
    assert run.due_at is not None
    assert run.first_due_at is not None
    assert run.uncapped_due_at is not None
    limit, timetable = run.limit, timetable.of(run.province)
    segments = ledger(run.started_at, run.uncapped_due_at, limit, timetable, run.pauses)
    if run.due_at != run.first_due_at:
        segments += (Segment(run.first_due_at, run.due_at, counted=True, reason="extended"),)
    return Explanation(
        started_at=run.started_at,
        limit=limit,
        calendar=timetable.calendar.version
        if limit and counts_calendar(limit, timetable)
        else None,
        segments=segments,
        uncapped_due_at=run.uncapped_due_at if run.uncapped_due_at != run.first_due_at else None,
        first_due_at=run.first_due_at,
        due_at=run.due_at,
    )


def ledger(
    start_at: datetime,
    due_at: datetime,
    limit: Limit | None,
    timetable: Timetable,
    pauses: Sequence[Pause] = (),
) -> tuple[Segment, ...]:
    """The stretches between start and due, without gaps, counted or skipped."""
    if limit is None:
        return (Segment(start_at, due_at, counted=True, reason="given"),)
    if limit.unit == "workdays":
        return _by_day(start_at, due_at, timetable, pauses)
    if counts_hours(limit):
        segments = _by_hours(start_at, due_at, timetable)
    else:
        segments = _by_time(start_at, due_at, limit, timetable, pauses)
    for pause in pauses:
        segments = tuple(part for segment in segments for part in _without(segment, pause))
    return segments


def _by_time(
    start_at: datetime,
    due_at: datetime,
    limit: Limit,
    timetable: Timetable,
    pauses: Sequence[Pause],
) -> tuple[Segment, ...]:
    reason: Reason = "elapsed" if limit.value else "same-day"
    if limit.rolls is None:
        return (Segment(start_at, due_at, counted=True, reason=reason),)
    end = deadline(start_at, Limit(limit.value, limit.unit), timetable, pauses).due_at
    rolled = (Segment(end, due_at, counted=False, reason="rolled"),) if end < due_at else ()
    return (Segment(start_at, end, counted=True, reason=reason), *rolled)


def _without(segment: Segment, pause: Pause) -> Iterator[Segment]:
    """A counted segment with the pause cut out of it."""
    from_at = max(segment.from_at, pause.from_at)
    until_at = min(segment.until_at, pause.until_at)
    if not segment.counted or until_at <= from_at:
        yield segment
        return
    replace = msgspec.structs.replace
    if segment.from_at < from_at:
        yield replace(segment, until_at=from_at)
    yield replace(segment, from_at=from_at, until_at=until_at, counted=False, reason="paused")
    if until_at < segment.until_at:
        yield replace(segment, from_at=until_at)


def _by_day(
    start_at: datetime, due_at: datetime, timetable: Timetable, pauses: Sequence[Pause]
) -> tuple[Segment, ...]:
    day = timetable.day_of(start_at) + timedelta(days=1)
    at = timetable.start_of(day)
    segments = [Segment(start_at, at, counted=False, reason="starting-day")]
    while at < due_at:
        on = timetable.calendar.day(day)
        day += timedelta(days=1)
        until = timetable.start_of(day)
        paused = on.worked and any(pause.from_at < at < pause.until_at for pause in pauses)
        reason: Reason = "paused" if paused else on.kind
        counted = on.worked and not paused
        segments.append(Segment(at, until, counted, reason, on.festival, on.provisional))
        at = until
    return tuple(segments)


def _by_hours(start_at: datetime, due_at: datetime, timetable: Timetable) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    day, at = timetable.day_of(start_at), start_at
    while at < due_at:
        on = timetable.calendar.day(day)
        open_day: Reason = "elapsed" if timetable.every_day else on.kind
        idle: Reason = "outside-hours" if timetable.opens_on(day) else on.kind
        until = min(timetable.start_of(day + timedelta(days=1)), due_at)
        for span_from, span_until in [*timetable.spans_of(day), (until, until)]:
            begin, end = max(at, min(span_from, until)), min(span_until, until)
            if at < begin:
                segments.append(Segment(at, begin, False, idle, on.festival, on.provisional))
                at = begin
            if at < end:
                segments.append(Segment(at, end, True, open_day, on.festival, on.provisional))
                at = end
        day += timedelta(days=1)
    return tuple(segments)
