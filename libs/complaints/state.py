"""A complaint as the fold of its events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from libs.procedures.calendar import Calendar
from libs.procedures.catalogue import ATTRIBUTE_EVENTS
from libs.procedures.clocks import ClockBook
from libs.procedures.facts import Fact, Value
from libs.procedures.orders import OrderTable
from libs.procedures.schema import Procedure

_STATUS = {
    "ComplaintRegistered": "open",
    "ComplaintReopened": "open",
    "ComplaintDeclined": "declined",
    "CustomerAnswered": "answered",
    "ComplaintClosed": "closed",
    "ComplaintArchived": "archived",
    "ComplaintWithdrawn": "withdrawn",
    "ArchiveDestroyed": "destroyed",
}


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One complaint at one version; immutable.

    `attributes`: its fields as last set by register, classify, supplement and escalate; a sealed
    one stands as true. `history`: its events by type, oldest first. `status`
    and `clocks`: None before the registration. `last_at`: recorded time of the last event.
    """

    version: int = 0
    status: str | None = None
    number: str | None = None
    attributes: Mapping[str, Value] = {}
    history: Mapping[str, tuple[Fact, ...]] = {}
    orders: OrderTable = OrderTable()
    clocks: ClockBook | None = None
    last_at: datetime | None = None

    @property
    def registration(self) -> Fact | None:
        """The event that took the complaint down."""
        facts = self.history.get("ComplaintRegistered")
        return facts[0] if facts else None


def initial() -> Case:
    """A complaint that does not exist yet."""
    return Case()


def evolve(case: Case, fact: Fact, procedure: Procedure, calendar: Calendar) -> Case:
    """The complaint after one more event of its stream. Never fails on a stored event.

    `calendar`: the one that holds from this event on; another than before only at an event that
    re-pins it.
    """
    attributes = attributes_after(case.attributes, fact)
    orders = case.orders.apply(fact)
    plan = procedure.frame(calendar).plan
    book = case.clocks.under(plan) if case.clocks is not None else ClockBook(plan)
    return Case(
        version=fact.version,
        status=_STATUS.get(fact.type, case.status),
        number=fact.number or case.number,
        attributes=attributes,
        history={**case.history, fact.type: (*case.history.get(fact.type, ()), fact)},
        orders=orders,
        clocks=book.apply(fact, attributes, orders),
        last_at=fact.recorded_at,
    )


def fold(facts: Iterable[Fact], procedure: Procedure, calendar: Calendar) -> Case:
    """The complaint after all of these events."""
    case = initial()
    for fact in facts:
        case = evolve(case, fact, procedure, calendar)
    return case


def attributes_after(before: Mapping[str, Value], fact: Fact) -> Mapping[str, Value]:
    """The complaint's fields after the event; the same object where it sets none."""
    if fact.type not in ATTRIBUTE_EVENTS:
        return before
    sealed: dict[str, Value] = dict.fromkeys(fact.sealed, True)
    return {**before, **sealed, **fact.data}
