"""The clocks of one procedure, made ready for the fold: who listens to which event."""

from __future__ import annotations

from collections.abc import Iterable

from libs.procedures.clocks.declaration import Clock
from libs.procedures.clocks.runs import MISSED, WARNED
from libs.procedures.clocks.timetable import Timetable

REGISTERED = "ComplaintRegistered"
ESCALATED = "ComplaintEscalated"
ANSWERED = "CustomerAnswered"
EXTENDED = "ExtensionGranted"
PAUSED, RESUMED = "ClockPaused", "ClockResumed"
RETURNED = "OrderReturned"
REPINNED = "CalendarRepinned"
CANCELLING = frozenset({"ComplaintClosed", "ComplaintDeclined", "ComplaintWithdrawn"})


class ClockPlan:
    """Immutable. `escalation_adds`: an escalation leaves the clocks of the old class running and
    starts those of the new one at the escalation, instead of replacing them.
    """

    __slots__ = (
        "cancelling",
        "clocks",
        "escalation_adds",
        "heard",
        "starting",
        "stopping",
        "timetable",
    )

    def __init__(
        self, clocks: Iterable[Clock], timetable: Timetable, *, escalation_adds: bool = False
    ) -> None:
        self.clocks = tuple(clocks)
        self.timetable = timetable
        self.escalation_adds = escalation_adds
        self.starting: dict[str, tuple[Clock, ...]] = {
            event: tuple(clock for clock in self.clocks if event in clock.starts)
            for event in {event for clock in self.clocks for event in clock.starts}
        }
        self.stopping = frozenset(event for clock in self.clocks for event in clock.stops)
        self.cancelling = CANCELLING | {RETURNED}.union(
            *(clock.cancelled_by for clock in self.clocks)
        )
        self.heard = (
            frozenset({REGISTERED, ANSWERED, EXTENDED, PAUSED, RESUMED, REPINNED, WARNED, MISSED})
            | self.stopping
            | self.cancelling
            | self.starting.keys()
        )
