"""Blocks about the step: who acts, towards whom, with which fields, compared with what."""

from __future__ import annotations

from collections.abc import Callable

from libs.procedures.document import Node
from libs.procedures.facts import Scalar
from libs.procedures.language.references import Reference, compile_reference
from libs.procedures.language.scope import Block, Scope, fields_test, unit_test
from libs.procedures.language.words import ROLES


def _action(node: Node, scope: Scope) -> Block:
    """Which of the rule's actions the step is."""
    wanted = frozenset(node.words(scope.actions or tuple(scope.words.fields)))
    return lambda situation, _: situation.step.action in wanted


def _by(node: Node, _scope: Scope) -> Block:
    """The acting role."""
    wanted = frozenset(node.words(ROLES))
    return lambda situation, _: situation.step.role in wanted


def _unit(node: Node, scope: Scope) -> Block:
    """The acting unit's path fits one of the patterns."""
    scope.words.check_units(node)
    fits = unit_test(node)
    return lambda situation, _: fits(situation.step.unit, situation)


def _unit_kind(node: Node, scope: Scope) -> Block:
    """The kind of the acting unit."""
    wanted = frozenset(node.words(scope.words.units.kinds))
    return lambda situation, _: situation.step.unit_kind in wanted


def _post(node: Node, scope: Scope) -> Block:
    """The post in which somebody acts."""
    wanted = frozenset(node.words(scope.words.posts))
    return lambda situation, _: situation.step.post in wanted


def _to(node: Node, _scope: Scope) -> Block:
    """At least one addressed unit or body fits."""
    fits = unit_test(node)
    return lambda situation, _: any(fits(unit, situation) for unit in situation.step.to)


def _to_only(node: Node, _scope: Scope) -> Block:
    """Somebody is addressed, and all of them fit."""
    fits = unit_test(node)

    def only(units: tuple[str, ...], test: Callable[[str], bool]) -> bool:
        return bool(units) and all(test(unit) for unit in units)

    return lambda situation, _: only(situation.step.to, lambda unit: fits(unit, situation))


def _to_kind(node: Node, scope: Scope) -> Block:
    """At least one addressed unit is of the kind."""
    wanted = frozenset(node.words(scope.words.units.kinds))
    return lambda situation, _: not wanted.isdisjoint(situation.step.to_kinds)


def _to_kind_only(node: Node, scope: Scope) -> Block:
    """Somebody is addressed, and every addressed unit is of the kind."""
    wanted = frozenset(node.words(scope.words.units.kinds))

    def holds(to: tuple[str, ...], kind_of: Callable[[str], str | None]) -> bool:
        return bool(to) and all(kind_of(unit) in wanted for unit in to)

    return lambda situation, _: holds(situation.step.to, situation.frame.units.kind_of)


def _with(node: Node, scope: Scope) -> Block:
    """Fields that the step carries."""
    known = scope.words.step_fields(scope.actions)
    return fields_test(node, scope, known, lambda name, s, _: s.step.data.get(name))


def _pair(node: Node, scope: Scope) -> tuple[Reference, Reference]:
    nodes = node.items()
    if len(nodes) != 2:  # noqa: PLR2004 - a comparison has two sides
        node.fail("compares exactly two references")
    first, second = (compile_reference(n, scope.words, scope.actions) for n in nodes)
    return first, second


def _same(node: Node, scope: Scope) -> Block:
    """Both references are set and name the same (every value of a list does)."""
    left, right = _pair(node, scope)
    return lambda situation, event: equal(left(situation, event), right(situation, event))


def equal(left: tuple[Scalar, ...], right: tuple[Scalar, ...]) -> bool:
    """Whether both sides name one and the same value."""
    return bool(left) and bool(right) and len({*left, *right}) == 1


def _differs(node: Node, scope: Scope) -> Block:
    """The references have no value in common; an unset one differs from everything."""
    left, right = _pair(node, scope)
    return lambda situation, event: set(left(situation, event)).isdisjoint(right(situation, event))


def _within(node: Node, scope: Scope) -> Block:
    """Every unit of the first reference is the second one's unit or lies below it."""
    left, right = _pair(node, scope)

    def lies(inner: tuple[Scalar, ...], outer: tuple[Scalar, ...]) -> bool:
        return bool(inner) and all(any(_below(str(i), str(o)) for o in outer) for i in inner)

    return lambda situation, event: lies(left(situation, event), right(situation, event))


def _below(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith(f"{outer}/")


def _includes(node: Node, scope: Scope) -> Block:
    """The first reference (a list) names everything that the second one names."""
    left, right = _pair(node, scope)

    def includes(whole: tuple[Scalar, ...], part: tuple[Scalar, ...]) -> bool:
        return bool(part) and set(part) <= set(whole)

    return lambda situation, event: includes(left(situation, event), right(situation, event))


BLOCKS: dict[str, Callable[[Node, Scope], Block]] = {
    "action": _action,
    "by": _by,
    "unit": _unit,
    "unit_kind": _unit_kind,
    "post": _post,
    "to": _to,
    "to_only": _to_only,
    "to_kind": _to_kind,
    "to_kind_only": _to_kind_only,
    "with": _with,
    "same": _same,
    "differs": _differs,
    "within": _within,
    "includes": _includes,
}
