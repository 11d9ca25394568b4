"""One event as the clocks see it: does it start, stop or cancel, and is the class right?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from libs.procedures.clocks.deadlines import Deadline
from libs.procedures.clocks.declaration import Clock
from libs.procedures.clocks.plan import CANCELLING, RETURNED, ClockPlan
from libs.procedures.clocks.runs import Run
from libs.procedures.conditions import Condition, field_of, is_set
from libs.procedures.facts import Fact, Value
from libs.procedures.orders import OrderTable

Attributes = Mapping[str, Value]


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """An event with what stands right after it: attributes, orders, whether ever answered."""

    plan: ClockPlan
    fact: Fact
    attributes: Attributes
    orders: OrderTable
    registered: Fact | None
    answered: bool

    def stops(self, run: Run) -> bool:
        """Whether the event stops this run."""
        fact = self.fact
        if fact.type not in run.clock.stops or not run.concerns(fact):
            return False
        for stop in run.clock.stop_when:
            if stop.event not in (None, fact.type):
                continue
            value = field_of(fact, stop.condition.name)
            if stop.only_if_carried and not is_set(value):
                continue
            if not (self._reaches_issuer() if stop.by_issuer else stop.condition.holds(value)):
                return False
        return True

    def cancels(self, run: Run) -> bool:
        """Whether the event ends this run without a result, if it is still open."""
        fact, clock = self.fact, run.clock
        if (conditions := clock.cancelled_by.get(fact.type)) is not None:
            return run.concerns(fact) and all(
                condition.holds(field_of(fact, condition.name)) for condition in conditions
            )
        if clock.lives_on:
            return False
        if fact.type == RETURNED:
            return clock.per_order and run.order == fact.order
        return fact.type in CANCELLING

    def starts(self, clock: Clock) -> bool:
        """Whether what the clock looks at once, at its starting event, holds."""
        fact = self.fact
        return (
            all(one.holds(field_of(fact, one.name)) for one in clock.start_when)
            and all(one.holds(self._of_registration(one)) for one in clock.register_when)
            and all(one.holds(self._count(one.name)) for one in clock.counted_when)
        )

    def of_class(self, clock: Clock) -> bool:
        """Whether the complaint is of the clock's class."""
        return of_class(clock, self.attributes)

    def undetermined(self, clock: Clock) -> bool:
        """Whether the class is open still: whatever does not hold has not been set at all."""
        values = ((one, self.attributes.get(one.name)) for one in clock.class_when)
        return all(one.holds(value) or not is_set(value) for one, value in values)

    def new_run(self, clock: Clock) -> Run | None:
        """A run that counts from this event; None when its due time should be given and is not."""
        fact = self.fact
        claimed = fact.data.get(clock.from_at) if clock.from_at else None
        given = fact.data.get(clock.limit.field) if clock.limit.field else None
        if clock.limit.field and not isinstance(given, datetime):
            return None
        return Run(
            clock=clock,
            order=fact.order if clock.per_order else None,
            started_at=claimed if isinstance(claimed, datetime) else fact.happened_at,
            started_by=fact.version,
            given_due_at=given if isinstance(given, datetime) else None,
            province=self._province(clock),
        )

    def _province(self, clock: Clock) -> str:
        """Whose working days a new run counts: the holder's of its order, else the unit's where
        the complaint was registered. It keeps them when the order goes elsewhere.
        """
        order = self.orders.get(self.fact.order) if clock.per_order else None
        unit = order.holder if order is not None else None
        return (unit or (self.registered or self.fact).unit).partition("/")[0]

    def appeared(self, run: Run, number: int, earlier: Iterator[Run]) -> Run:
        """The run come into being, with limit, bound and cap decided as things stand now.

        `number`: its number among those of its clock and order. `earlier`: all runs that have come
        into being before it.
        """
        limit = run.clock.limit.choose(self.attributes)
        timetable = self.plan.timetable
        opened = msgspec.structs.replace(
            run,
            phase="stopped" if run.ended_at else "open",
            number=number,
            appeared_at=self.fact.recorded_at,
            limit=limit,
        )
        if run.given_due_at is not None or limit is None:
            end = Deadline(run.given_due_at or run.started_at)
        else:
            end = opened.end(timetable)
        due_at = self._capped(run, end.due_at, earlier)
        return opened.ending(end, due_at).due(due_at, timetable)

    def settled(self, run: Run, earlier: Iterator[Run]) -> Run:
        """A run as the plan's calendar has it now: its due time was provisional until then.

        What has ended, has been missed on record or depends on no calendar stays as it is.
        """
        if run.phase in ("stopped", "cancelled") or run.missed or not run.provisional:
            return run
        end = run.end(self.plan.timetable)
        return run.settled(end, self._capped(run, end.due_at, earlier), self.plan.timetable)

    def _capped(self, run: Run, due_at: datetime, earlier: Iterator[Run]) -> datetime:
        order = self.orders.get(run.order)
        if not run.clock.capped_when or order is None or order.of is None:
            return due_at
        fields: dict[str, Value] = {"kind": order.kind, "of": order.of, "issuer": order.issuer}
        if not all(one.holds(fields.get(one.name)) for one in run.clock.capped_when):
            return due_at
        of_main = (run.clock.id, order.of)
        mains = [one.due_at for one in earlier if (one.clock.id, one.order) == of_main]
        return min(due_at, mains[-1] or due_at) if mains else due_at

    def _reaches_issuer(self) -> bool:
        order = self.orders.get(self.fact.order)
        return order is not None and (not self.fact.to or order.issuer in self.fact.to)

    def _of_registration(self, condition: Condition) -> Value:
        return field_of(self.registered, condition.name) if self.registered else None

    def _count(self, name: str) -> Value:
        if name == "customer_answered":
            return self.answered
        if name == "open_main_or_redo_orders":
            return len(self.orders.open("main", "redo"))
        order = self.orders.get(self.fact.order)
        return len(self.orders.open(issuer=order.issuer if order else None))


def of_class(clock: Clock, attributes: Attributes) -> bool:
    """Whether a complaint with these attributes is of the clock's class."""
    return all(one.holds(attributes.get(one.name)) for one in clock.class_when)
