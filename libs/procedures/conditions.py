"""Conditions of clocks and rules: a field and the values it may have. No expressions.

A value stands for itself, a list means any of them, null means not set (which is not false), and
`'<= 6'` compares a whole number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from libs.procedures.errors import DeclarationError, Path
from libs.procedures.facts import Fact, Scalar, Value

Relation = Literal["<", "<=", ">", ">="]
_PARTIES = {
    "by": "role",
    "unit": "unit",
    "unit_kind": "unit_kind",
    "post": "post",
    "to": "to",
    "to_kind": "to_kinds",
    "order": "order",
}
_COMPARISON = re.compile(r"(<=|>=|<|>) ?(-?\d+)")


class Condition(msgspec.Struct, frozen=True):
    """What one field must be. `accepted` pairs each value with whether it is a truth value, so that
    0 and false stay different; `relation` with `bound` compares numbers instead.
    """

    name: str
    accepted: frozenset[tuple[bool, Scalar]] = frozenset()
    relation: Relation | None = None
    bound: int = 0

    def holds(self, value: Value) -> bool:
        """Whether this value fits; of several values (a list) one that fits is enough."""
        if isinstance(value, tuple):
            return any(self._fits(one) for one in value) if value else self._fits(None)
        return self._fits(value)

    def _fits(self, value: Scalar) -> bool:
        if self.relation is None:
            return (value.__class__ is bool, value) in self.accepted
        if not isinstance(value, int) or isinstance(value, bool):
            return False
        return _compare(value, self.relation, self.bound)


def _compare(value: int, relation: Relation, bound: int) -> bool:
    match relation:
        case "<":
            return value < bound
        case "<=":
            return value <= bound
        case ">":
            return value > bound
        case ">=":
            return value >= bound


def is_set(value: Value) -> bool:
    """Whether a field was given at all."""
    return value is not None and value != ()


def field_of(fact: Fact, name: str) -> Value:
    """A field of an event: who acted and who was addressed, or what it carries; None when not set.

    `by` is the acting role. A party not known from the event itself may be told in its data. A
    sealed field counts as set (true): conditions see its presence only.
    """
    if (attribute := _PARTIES.get(name)) is not None:
        party: Value = getattr(fact, attribute)
        if is_set(party):
            return party
    if name == "kind" and fact.type == "OrderIssued":
        return fact.data.get("kind") or "main"
    value = fact.data.get(name)
    return True if value is None and name in fact.sealed else value


def parse_condition(name: str, node: object, where: Path) -> Condition:
    """The condition written as `name: node`. Raises DeclarationError for what is not a value."""
    if isinstance(node, str) and (match := _COMPARISON.fullmatch(node)):
        return Condition(name, relation=_relation(match[1]), bound=int(match[2]))
    values = node if isinstance(node, list) else [node]
    if not values:
        raise DeclarationError(where, "an empty list accepts nothing; name at least one value")
    return Condition(name, frozenset(_scalar(value, where) for value in values))


def parse_conditions(node: object, where: Path) -> tuple[Condition, ...]:
    """Conditions written as a mapping; all must hold. Null and an empty mapping ask nothing."""
    if node is None:
        return ()
    if not isinstance(node, Mapping):
        raise DeclarationError(where, "conditions are a mapping of field to value")
    return tuple(
        parse_condition(str(name), value, (*where, str(name))) for name, value in node.items()
    )


def _relation(text: str) -> Relation:
    match text:
        case "<" | "<=" | ">" | ">=":
            return text
    raise AssertionError(text)


def _scalar(value: object, where: Path) -> tuple[bool, Scalar]:
    if value is None or isinstance(value, bool | int | str | datetime):
        return isinstance(value, bool), value
    raise DeclarationError(where, f"{value!r} is neither text, number, truth value, time nor null")
