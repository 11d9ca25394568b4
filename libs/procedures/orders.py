"""Work orders as rules and clocks see them: their issuer, their holder, open or not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from libs.procedures.facts import Fact

OrderState = Literal["open", "fed_back", "returned"]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One work order of a complaint.

    `path`: the units it went through, the holder last; the first is the unit it was sent to. `of`:
    the order an assist order helps. `ended_at`: when its result reached the issuer, or it was
    returned (recorded time).
    """

    id: str
    kind: str
    issuer: str
    issuer_kind: str | None
    path: tuple[str, ...]
    of: str | None
    issued_at: datetime
    received: bool = False
    state: OrderState = "open"
    ended_at: datetime | None = None

    @property
    def holder(self) -> str | None:
        """The unit that has the order in hand; None when it was issued to nobody named."""
        return self.path[-1] if self.path else None


class OrderTable(msgspec.Struct, frozen=True):
    """All orders of one complaint by their letters. Immutable: `apply` gives a new table."""

    orders: dict[str, Order] = {}

    def __iter__(self) -> Iterator[Order]:
        return iter(self.orders.values())

    def get(self, order: str | None) -> Order | None:
        """The order with these letters; None when there is none."""
        return self.orders.get(order) if order is not None else None

    def open(self, *kinds: str, issuer: str | None = None) -> tuple[Order, ...]:
        """Orders neither fed back to their issuer nor returned, of these kinds and this issuer."""
        return tuple(
            order
            for order in self.orders.values()
            if order.state == "open"
            and (not kinds or order.kind in kinds)
            and (issuer is None or order.issuer == issuer)
        )

    def apply(self, fact: Fact) -> OrderTable:
        """The table after this fact. A fact about no order, or an unknown one, changes nothing."""
        if fact.order is None:
            return self
        if fact.type == "OrderIssued":
            return self._with(_issued(fact, fact.order))
        order = self.orders.get(fact.order)
        if order is None:
            return self
        after = _after(order, fact)
        return self if after is order else self._with(after)

    def _with(self, order: Order) -> OrderTable:
        return OrderTable({**self.orders, order.id: order})


def _issued(fact: Fact, letters: str) -> Order:
    of = fact.data.get("of")
    return Order(
        id=letters,
        kind=str(fact.data.get("kind") or "main"),
        issuer=fact.unit,
        issuer_kind=fact.unit_kind,
        path=fact.to[:1],
        of=str(of) if of is not None else None,
        issued_at=fact.happened_at,
    )


def _after(order: Order, fact: Fact) -> Order:
    match fact.type:
        case "OrderReceived":
            return msgspec.structs.replace(order, received=True)
        case "OrderForwarded":
            return msgspec.structs.replace(order, path=order.path + fact.to[:1], received=False)
        case "OrderReturned":
            return msgspec.structs.replace(order, state="returned", ended_at=fact.recorded_at)
        case "OrderFedBack":
            return _fed_back(order, fact)
    return order


def _fed_back(order: Order, fact: Fact) -> Order:
    """Back along the path its earlier unit holds it again; otherwise the result is delivered."""
    to = fact.to[0] if fact.to else None
    earlier = order.path[:-1]
    if to != order.issuer and to in earlier:
        last = len(earlier) - earlier[::-1].index(to)
        return msgspec.structs.replace(order, path=earlier[:last])
    return msgspec.structs.replace(order, state="fed_back", ended_at=fact.recorded_at)
