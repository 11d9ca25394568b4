"""References: `actor.unit`, `to`, `with.x`, `case.x`, `order.issuer`, `last.RevisitMade.unit` ...

A reference names one value of the situation; unset ones give nothing. `.province` after a unit
means its first part, `.kind` its kind. `{value: x}` stands for the word x itself.
"""

from __future__ import annotations

from collections.abc import Callable

from libs.procedures.document import Node, suggestion
from libs.procedures.facts import Fact, Scalar, Value
from libs.procedures.language.words import Words
from libs.procedures.orders import Order
from libs.procedures.situation import Situation

Reference = Callable[[Situation, Fact | None], tuple[Scalar, ...]]
"""All values a reference names: none when unset, several for a list or for `to`."""

_ACTOR = ("unit", "staff", "role", "post", "unit_kind")
_ORDER = ("issuer", "issuer_kind", "holder", "sender", "kind", "first")
_EVENT = ("unit", "staff", "role", "post", "unit_kind", "to", "order", "at")
_ROOTS = ("actor", "to", "with", "case", "order", "of", "event", "first", "last")


def compile_reference(node: Node, words: Words, actions: tuple[str, ...]) -> Reference:
    """The reference written at `node`; an unknown one is refused with a suggestion."""
    if isinstance(node.value, dict):
        literal = node.mapping(("value",))["value"].text()
        return lambda _situation, _event: (literal,)
    parts = node.text().split(".")
    suffixes: list[str] = []
    while len(parts) > 1 and parts[-1] in {"province", "kind"} and parts[:-1] != ["order"]:
        suffixes.insert(0, parts.pop())
    found = _root(parts, node, words, actions)
    for suffix in suffixes:
        found = _province(found) if suffix == "province" else _kind(found)
    return found


def _root(  # noqa: PLR0911 - one return per root
    parts: list[str], node: Node, words: Words, actions: tuple[str, ...]
) -> Reference:
    """One way per root of a reference."""
    root, rest = parts[0], parts[1:]
    match root, len(rest):
        case "actor", 1:
            return _attribute(_one(rest[0], _ACTOR, node), lambda situation, _: situation.step)
        case "to", 0:
            return lambda situation, _: situation.step.to
        case "with", 1:
            words.check_field(rest[0], words.step_fields(actions), node)
            name = rest[0]
            return lambda situation, _: values(situation.step.data.get(name))
        case "case", 1:
            words.check_field(rest[0], words.attributes, node)
            name = rest[0]
            return lambda situation, _: values(situation.attributes.get(name))
        case "order" | "of", 1:
            return _of_order(root, _one(rest[0], _ORDER, node))
        case "event", _:
            return _of_event(rest, words.event_fields(words.events), node, words)
        case "first" | "last", 2 | 3:
            return _named_event(parts, node, words)
    return node.fail(f"no reference '{'.'.join(parts)}'{suggestion(root, _ROOTS)}")


def values(value: Value) -> tuple[Scalar, ...]:
    """A field's value as the values it names."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _one(word: str, known: tuple[str, ...], node: Node) -> str:
    if word not in known:
        node.fail(f"no '{word}' here{suggestion(word, known)}")
    return word


def _attribute(name: str, owner: Callable[[Situation, Fact | None], object]) -> Reference:
    return lambda situation, event: values(getattr(owner(situation, event), name, None))


def _of_order(root: str, name: str) -> Reference:
    def find(situation: Situation, _event: Fact | None) -> tuple[Scalar, ...]:
        order = situation.order
        if root == "of":
            named = situation.step.data.get("of")
            order = situation.orders.get(named if isinstance(named, str) else None)
        return () if order is None else values(order_value(order, name))

    return find


def order_value(order: Order, name: str) -> Scalar:
    """`sender` is who handed the order to its holder; `first` the unit it was first sent to."""
    match name:
        case "sender":
            return order.path[-2] if len(order.path) > 1 else order.issuer
        case "first":
            return order.path[0] if order.path else None
    value: Scalar = getattr(order, name)
    return value


def _of_event(rest: list[str], fields: set[str], node: Node, words: Words) -> Reference:
    match rest:
        case ["with", name]:
            words.check_field(name, fields, node)
            return lambda _, event: values(event.data.get(name)) if event else ()
        case [name]:
            attribute = "happened_at" if _one(name, _EVENT, node) == "at" else name
            return _attribute(attribute, lambda _, event: event)
    return node.fail("an event reference is event.unit, event.staff, event.with.<field> ...")


def _named_event(parts: list[str], node: Node, words: Words) -> Reference:
    which, event_type = parts[0], _one(parts[1], tuple(words.events), node)
    inner = _of_event(parts[2:], words.event_fields((event_type,)), node, words)
    index = 0 if which == "first" else -1

    def find(situation: Situation, _event: Fact | None) -> tuple[Scalar, ...]:
        facts = situation.history.get(event_type)
        return inner(situation, facts[index]) if facts else ()

    return find


def _province(inner: Reference) -> Reference:
    def first_part(situation: Situation, event: Fact | None) -> tuple[Scalar, ...]:
        return tuple(str(value).split("/", 1)[0] for value in inner(situation, event))

    return first_part


def _kind(inner: Reference) -> Reference:
    def kind(situation: Situation, event: Fact | None) -> tuple[Scalar, ...]:
        kinds = (situation.frame.units.kind_of(str(unit)) for unit in inner(situation, event))
        return tuple(kind for kind in kinds if kind is not None)

    return kind
