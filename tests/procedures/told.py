"""A complaint told event by event, with its clocks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import yaml

from libs.procedures.clocks import ClockBook, ClockPlan, ClockView, parse_clock
from libs.procedures.facts import Fact, Value
from libs.procedures.orders import OrderTable
from tests.procedures.calendars import TIMETABLE, at, local

_SETS_ATTRIBUTES = (
    "ComplaintRegistered",
    "ComplaintClassified",
    "DetailsSupplemented",
    "ComplaintEscalated",
)


class Told:
    """The history of one complaint. Times are local; an event is recorded when it happens, unless
    `recorded` says later.
    """

    def __init__(self, clocks: str, *, escalation_adds: bool = False) -> None:
        declared = yaml.safe_load(clocks)
        parsed = [parse_clock(node, ("clocks", n)) for n, node in enumerate(declared)]
        plan = ClockPlan(parsed, TIMETABLE, escalation_adds=escalation_adds)
        self.book = ClockBook(plan)
        self.facts: list[Fact] = []
        self._attributes: Mapping[str, Value] = {}
        self._orders = OrderTable()

    def tell(
        self,
        when: str | datetime,
        event: str,
        *,
        recorded: str | None = None,
        order: str | None = None,
        to: str | tuple[str, ...] = (),
        role: str = "centre",
        unit: str = "henan/centre",
        unit_kind: str | None = None,
        **data: Value,
    ) -> Told:
        happened_at = at(when) if isinstance(when, str) else when
        fact = Fact(
            type=event,
            version=len(self.facts) + 1,
            happened_at=happened_at,
            recorded_at=at(recorded) if recorded else happened_at,
            staff="s1",
            role=role,
            unit=unit,
            unit_kind=unit_kind,
            order=order,
            to=(to,) if isinstance(to, str) else to,
            data=data,
        )
        if event in _SETS_ATTRIBUTES and data:
            self._attributes = {**self._attributes, **data}
        self._orders = self._orders.apply(fact)
        self.book = self.book.apply(fact, self._attributes, self._orders)
        self.facts.append(fact)
        return self

    def watch(self, until: str) -> Told:
        """The watchdog records every rung fallen by this time, oldest first, as it is due."""
        return self.watch_at(at(until))

    def watch_at(self, now: datetime) -> Told:
        """As `watch`, at a moment."""
        while rungs := self.book.rungs_due(now):
            rung = rungs[0]
            self.tell(rung.at, rung.event, order=rung.order, role="system", **rung.data())
            self.facts[-1].data["detected"] = now
        return self

    def view(
        self, clock: str, order: str | None = None, *, now: str = "2030-01-01 00:00"
    ) -> ClockView:
        """The only run of a clock (and order)."""
        (view,) = self.all(clock, order, now=now)
        return view

    def all(
        self, clock: str, order: str | None = None, *, now: str = "2030-01-01 00:00"
    ) -> list[ClockView]:
        """Every run of a clock (and order)."""
        views = self.book.views(at(now))
        return [view for view in views if (view.clock, view.order) == (clock, order)]

    def state(self, clock: str, order: str | None = None, *, now: str) -> str:
        """The state of a clock's only run; 'none' when it has none."""
        views = self.all(clock, order, now=now)
        return views[0].state if views else "none"

    def due(self, clock: str, order: str | None = None) -> str | None:
        """When a clock's only run is due, in local time."""
        return local(self.view(clock, order).due_at)

    def rungs(self, now: str) -> list[tuple[str, str, str | None]]:
        """Clock, kind and local time of the rungs that have fallen and are not recorded."""
        return [(rung.clock, rung.kind, local(rung.at)) for rung in self.book.rungs_due(at(now))]


def later(when: str, **by: int) -> datetime:
    """A local time and some seconds or microseconds more."""
    return at(when) + timedelta(**by)
