"""Blocks about the complaint as it stands: status, fields, orders, clocks, passed time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from libs.procedures.document import Node
from libs.procedures.facts import Fact, Value
from libs.procedures.language.clock_blocks import BLOCKS as CLOCK_BLOCKS
from libs.procedures.language.matchers import compile_matcher
from libs.procedures.language.scope import Block, Scope, counted, fields_test, unit_test
from libs.procedures.language.words import STATUSES
from libs.procedures.orders import Order
from libs.procedures.situation import Situation

_ORDER_KINDS = ("main", "assist", "redo")
_STATES = {"open": "open", "fed-back": "fed_back", "returned": "returned"}

OrderTest = Callable[[Order, Situation], bool]


def _status(node: Node, _scope: Scope) -> Block:
    """The complaint's status."""
    wanted = frozenset(node.words(STATUSES))
    return lambda situation, _: situation.status in wanted


def _case(node: Node, scope: Scope) -> Block:
    """Fields of the complaint, set by register, classify, supplement or escalate."""

    def read(name: str, situation: Situation, _event: Fact | None) -> Value:
        return situation.attributes.get(name)

    return fields_test(node, scope, scope.words.attributes, read)


def _known(node: Node, scope: Scope) -> Block:
    """As `case`, but what the step itself carries counts already."""
    known = {*scope.words.attributes, *scope.words.step_fields(scope.actions)}

    def read(name: str, situation: Situation, _event: Fact | None) -> Value:
        value = situation.step.data.get(name)
        return situation.attributes.get(name) if value is None else value

    return fields_test(node, scope, known, read)


def _order(node: Node, scope: Scope) -> Block:
    """The work order that the step names."""
    entries = node.mapping(
        ("named", "kind", "state", "issuer", "issuer_kind", "holder", "holder_kind",
         "received", "forwarded"),
    )  # fmt: skip
    named = entries.pop("named").flag() if "named" in entries else True
    tests = _order_tests(entries, scope)

    def holds(situation: Situation, _event: Fact | None) -> bool:
        order = situation.order
        if order is None:
            return not named
        return named and all(test(order, situation) for test in tests)

    return holds


def _orders(node: Node, scope: Scope) -> Block:
    """How many of the complaint's orders are like this."""
    entries = node.mapping(
        ("kind", "state", "issuer", "issuer_kind", "holder", "holder_kind", "received",
         "forwarded", "of", "with_event", "without_event", "at_least", "at_most"),
    )  # fmt: skip
    enough = counted(entries)
    tests = _order_tests(entries, scope)

    def holds(situation: Situation, _event: Fact | None) -> bool:
        orders = situation.orders
        return enough(sum(1 for order in orders if all(test(order, situation) for test in tests)))

    return holds


def _order_tests(entries: dict[str, Node], scope: Scope) -> list[OrderTest]:
    return [
        _order_test(key, node, scope)
        for key, node in entries.items()
        if key not in {"at_least", "at_most"}
    ]


def _order_test(  # noqa: PLR0911 - one return per key
    key: str, node: Node, scope: Scope
) -> OrderTest:
    match key:
        case "kind":
            wanted = frozenset(node.words(_ORDER_KINDS))
            return lambda order, _: order.kind in wanted
        case "state":
            states = frozenset(_STATES[word] for word in node.words(tuple(_STATES)))
            return lambda order, _: order.state in states
        case "received" | "forwarded":
            return _flag(key, expected=node.flag())
        case "issuer_kind" | "holder_kind":
            return _unit_kind(key, frozenset(node.words(scope.words.units.kinds)))
        case "of":
            node.word(("same",))
            return lambda order, situation: (
                order.of is not None and order.of == situation.step.order
            )
        case "with_event" | "without_event":
            return _order_event(node.words(tuple(scope.words.events)), seen=key == "with_event")
    scope.words.check_units(node)
    fits = unit_test(node)
    if key == "issuer":
        return lambda order, situation: fits(order.issuer, situation)
    return lambda order, situation: fits(order.holder, situation)


def _flag(key: str, *, expected: bool) -> OrderTest:
    if key == "received":
        return lambda order, _: order.received is expected
    return lambda order, _: (len(order.path) > 1) is expected


def _unit_kind(key: str, wanted: frozenset[str]) -> OrderTest:
    def fits(order: Order, situation: Situation) -> bool:
        unit = order.issuer if key == "issuer_kind" else order.holder
        return unit is not None and situation.frame.units.kind_of(unit) in wanted

    return fits


def _order_event(types: tuple[str, ...], *, seen: bool) -> OrderTest:
    def fits(order: Order, situation: Situation) -> bool:
        found = any(
            fact.order == order.id for kind in types for fact in situation.history.get(kind, ())
        )
        return found is seen

    return fits


def _parameter(node: Node, scope: Scope) -> Block:
    """What the operator has set an open parameter to."""
    tests = []
    for name, child in node.mapping().items():
        scope.words.check_field(name, scope.words.parameters, child)
        tests.append((name, compile_matcher(child, scope.words)))

    def read(name: str, situation: Situation) -> Value:
        value = situation.frame.parameters.get(name)
        return value if isinstance(value, bool | int | str | datetime) else None

    return lambda situation, _: all(test(read(n, situation), situation, None) for n, test in tests)


def _in_scale(node: Node, scope: Scope) -> Block:
    """Figures of the step lie within the scale of the sanction in its `case` or `sanction`."""
    names = node.texts()
    for name in names:
        scope.words.check_field(name, scope.words.step_fields(scope.actions), node)

    def lies(name: str, situation: Situation) -> bool:
        value, named = situation.step.data.get(name), _sanction(situation)
        lowest, highest = situation.frame.scales.get(str(named), {}).get(name, (None, None))
        if not isinstance(value, int):
            return True
        return (lowest is None or value >= lowest) and (highest is None or value <= highest)

    return lambda situation, _: all(lies(name, situation) for name in names)


def _sanction(situation: Situation) -> Value:
    data = situation.step.data
    return data.get("case") or data.get("sanction")


BLOCKS: dict[str, Callable[[Node, Scope], Block]] = {
    "status": _status,
    "case": _case,
    "known": _known,
    "order": _order,
    "orders": _orders,
    "parameter": _parameter,
    "in_scale": _in_scale,
    **CLOCK_BLOCKS,
}
