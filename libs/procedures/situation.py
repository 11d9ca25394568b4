"""What a condition looks at: the step somebody wants to take, and the complaint as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from libs.procedures.clocks.plan import ClockPlan
from libs.procedures.clocks.timetable import Timetable
from libs.procedures.facts import Fact, Value
from libs.procedures.orders import Order, OrderTable
from libs.procedures.units import UnitDirectory

if TYPE_CHECKING:
    from libs.procedures.clocks import ClockBook

History = Mapping[str, tuple[Fact, ...]]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """The step as rules see it: who acts, on which order, towards whom, with which fields.

    `sealed` names the fields of `data` of which only the presence may be known.
    """

    action: str
    staff: str
    role: str
    unit: str
    unit_kind: str | None = None
    post: str | None = None
    order: str | None = None
    to: tuple[str, ...] = ()
    to_kinds: tuple[str, ...] = ()
    data: Mapping[str, Value] = {}
    sealed: frozenset[str] = frozenset()


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What does not change during a complaint: units, calendar, parameters, sanction table."""

    units: UnitDirectory
    timetable: Timetable
    plan: ClockPlan
    parameters: Mapping[str, object] = {}
    scales: Mapping[str, Mapping[str, tuple[float | None, float | None]]] = {}


class Situation:
    """A step before a complaint at one moment.

    `horizon` ends up as the earliest instant at which an answer given here would change by the mere
    passing of time; conditions that compare with `now` report it through `not_after`.
    """

    __slots__ = (
        "attributes",
        "clocks",
        "frame",
        "history",
        "horizon",
        "now",
        "orders",
        "status",
        "step",
    )

    def __init__(
        self,
        *,
        step: Step,
        attributes: Mapping[str, Value],
        status: str | None,
        history: History,
        orders: OrderTable,
        clocks: ClockBook | None,
        now: datetime,
        frame: Frame,
    ) -> None:
        self.step, self.attributes, self.status, self.history = step, attributes, status, history
        self.orders, self.clocks, self.now, self.frame = orders, clocks, now, frame
        self.horizon: datetime | None = None

    def not_after(self, moment: datetime) -> bool:
        """Whether `now` is at or before `moment`; if so, the answer holds until then only."""
        if self.now > moment:
            return False
        if self.horizon is None or moment < self.horizon:
            self.horizon = moment
        return True

    @property
    def order(self) -> Order | None:
        """The work order that the step names."""
        return self.orders.get(self.step.order)

    def facts(self) -> Iterator[Fact]:
        """Every event so far, type by type."""
        for facts in self.history.values():
            yield from facts
