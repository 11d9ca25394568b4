"""Work orders: issuer, holder, and when they are done."""

from __future__ import annotations

from libs.procedures.facts import Fact, Value
from libs.procedures.orders import OrderTable
from tests.procedures.calendars import at


def fact(event: str, order: str, unit: str, to: str | None = None, **data: Value) -> Fact:
    now = at("2026-03-02 09:00")
    return Fact(
        type=event, version=1, happened_at=now, recorded_at=now, staff="s1", role="centre",
        unit=unit, order=order, to=(to,) if to else (), data=data,
    )  # fmt: skip


def table(*facts: Fact) -> OrderTable:
    orders = OrderTable()
    for one in facts:
        orders = orders.apply(one)
    return orders


ISSUED = fact("OrderIssued", "A", "henan/centre", "henan/network")
FORWARDED = fact("OrderForwarded", "A", "henan/network", "henan/it")


def test_an_order_has_an_issuer_a_holder_and_a_kind() -> None:
    order = table(ISSUED).get("A")
    assert order is not None
    assert (order.kind, order.issuer, order.holder, order.state) == (
        "main", "henan/centre", "henan/network", "open",
    )  # fmt: skip
    assist = table(
        ISSUED, fact("OrderIssued", "B", "henan/network", "x", kind="assist", of="A")
    ).get("B")
    assert assist is not None
    assert (assist.kind, assist.of) == ("assist", "A")


def test_a_forwarded_order_goes_back_along_its_path() -> None:
    orders = table(ISSUED, FORWARDED)
    assert [order.holder for order in orders] == ["henan/it"]
    back = orders.apply(fact("OrderFedBack", "A", "henan/it", "henan/network"))
    assert [(order.holder, order.state) for order in back] == [("henan/network", "open")]
    done = back.apply(fact("OrderFedBack", "A", "henan/network", "henan/centre"))
    assert [order.state for order in done] == ["fed_back"]


def test_a_result_addressed_to_nobody_goes_to_the_issuer() -> None:
    orders = table(ISSUED, FORWARDED, fact("OrderFedBack", "A", "henan/it"))
    assert [order.state for order in orders] == ["fed_back"]


def test_signing_is_undone_by_passing_on() -> None:
    signed = table(ISSUED, fact("OrderReceived", "A", "henan/network"))
    assert [order.received for order in signed] == [True]
    assert [order.received for order in signed.apply(FORWARDED)] == [False]


def test_open_orders_by_kind_and_issuer() -> None:
    orders = table(
        ISSUED,
        fact("OrderIssued", "B", "henan/network", "henan/it", kind="assist", of="A"),
        fact("OrderIssued", "C", "henan/centre", "henan/billing", kind="redo"),
        fact("OrderIssued", "D", "henan/centre", "henan/billing"),
        fact("OrderReturned", "D", "henan/billing"),
    )
    assert [order.id for order in orders.open("main", "redo")] == ["A", "C"]
    assert [order.id for order in orders.open(issuer="henan/network")] == ["B"]


def test_a_table_is_never_changed_in_place() -> None:
    before = table(ISSUED)
    before.apply(FORWARDED)
    assert [order.holder for order in before] == ["henan/network"]
    assert before.apply(fact("OrderReceived", "Z", "henan/it")) is before
