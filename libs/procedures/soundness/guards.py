"""Guards that exclude each other: two rules of one step that can never both hold, and steps that
the rules together leave to no role.

What a rule demands is read as values that one thing about the step may have (`by`, `status`,
`with.outcome` ...). Demands that depend on more than that are taken as possible.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from libs.procedures.document import Node
from libs.procedures.language import Words
from libs.procedures.language.words import ROLES
from libs.procedures.soundness.clauses import Clause, Clauses

_PLAIN = ("by", "unit_kind", "post", "status")
_FIELDS = ("with", "case", "known")
_EVENTS = ("happened", "last", "first")
_COMPARED = (
    "contains", "at_least", "at_most", "more_than", "less_than", "not_after", "not_before",
    "current",
)  # fmt: skip


class Values(msgspec.Struct, frozen=True):
    """Values that something may have; with `others` it may have any but these."""

    named: frozenset[object]
    others: bool = False

    def both(self, more: Values) -> Values:
        """What fits both."""
        if self.others and more.others:
            return Values(self.named | more.named, others=True)
        if self.others or more.others:
            free, fixed = (self, more) if self.others else (more, self)
            return Values(fixed.named - free.named)
        return Values(self.named & more.named)

    def either(self, more: Values) -> Values:
        """What fits one of the two."""
        return self.inverse().both(more.inverse()).inverse()

    def inverse(self) -> Values:
        """What does not fit."""
        return Values(self.named, others=not self.others)

    @property
    def none(self) -> bool:
        """Whether nothing can fit."""
        return not self.others and not self.named


Demands = dict[str, Values]
"""What each thing about the step may be."""


def check_guards(clauses: Clauses, words: Words) -> None:
    """Raises `ProcedureError` at the second of two clauses that exclude each other, or at the last
    clause of a step that is left to no role.
    """
    for action, found in clauses.items():
        if any(clause.forbids for clause in found):
            continue
        _check_pairs(action, found, words)
        if not any(_allows(role, action, found, words) for role in ROLES):
            found[-1].at.fail(f"no role may do {action}: the rules for it exclude each other")


def _check_pairs(action: str, found: Iterable[Clause], words: Words) -> None:
    reach: dict[str, tuple[Values, str]] = {}
    for clause in found:
        if clause.when is not None or clause.needs is None:
            continue
        for name, values in _demands(clause.needs, words).items():
            before, rule = reach.get(name, (values, clause.rule))
            both = before.both(values)
            if both.none:
                other = "itself" if rule == clause.rule else f"rule '{rule}'"
                clause.at.fail(
                    f"can never hold together with {other}: {action} is left no value for {name}"
                )
            reach[name] = (both, clause.rule)


def _allows(role: str, action: str, found: Iterable[Clause], words: Words) -> bool:
    """Whether somebody in this role may find a way to take the step."""
    demands: Demands = {"by": Values(frozenset({role}))}
    for clause in found:
        rest = _rest(clause.when, role, action)
        if rest is None:
            continue
        more: Demands = {}
        if clause.needs is not None and not rest:
            more = _demands(clause.needs, words)
        elif clause.needs is None:
            more = _refused(rest, words)
        for name, values in more.items():
            demands[name] = demands[name].both(values) if name in demands else values
            if demands[name].none:
                return False
    return True


def _rest(when: Node | None, role: str, action: str) -> dict[str, Node] | None:
    """What else `when` asks once role and action are known; None where it fails by them."""
    rest: dict[str, Node] = {}
    for key, node in when.mapping().items() if when is not None else ():
        if key not in {"by", "action"}:
            rest[key] = node
        elif (role if key == "by" else action) not in node.texts():
            return None
    return rest


def _refused(rest: dict[str, Node], words: Words) -> Demands:
    """What remains where a clause without `needs` refuses whenever `rest` holds: known where `rest`
    says exactly which values one thing may have.
    """
    if not rest:
        return {"by": Values(frozenset())}
    key, node = next(iter(rest.items()))
    if len(rest) > 1 or key not in {*_PLAIN, *_FIELDS} or not _is_exact(node):
        return {}
    found = _block(key, node, words)
    return {name: values.inverse() for name, values in found.items()} if len(found) == 1 else {}


def _is_exact(node: Node) -> bool:
    """Whether every matcher below names its values, not a comparison."""
    if isinstance(node.value, dict):
        return all(
            key not in _COMPARED and _is_exact(child) for key, child in node.mapping().items()
        )
    return True


def _demands(condition: Node, words: Words) -> Demands:
    """The values that a condition leaves to each thing about the step."""
    found: Demands = {}
    for key, node in condition.mapping().items():
        _narrow(found, _block(key, node, words))
    return found


def _narrow(found: Demands, more: Demands) -> None:
    for name, values in more.items():
        found[name] = found[name].both(values) if name in found else values


def _block(key: str, node: Node, words: Words) -> Demands:
    if key in _PLAIN:
        return {key: Values(frozenset(node.texts()))}
    if key in _FIELDS:
        return _fields(key, node, words)
    if key in _EVENTS:
        return _events(node)
    if key == "any":
        return _any(node, words)
    found: Demands = {}
    for child in node.items() if key in {"all", "none"} else ():
        _narrow(found, _demands(child, words) if key == "all" else _refused(child.mapping(), words))
    return found


def _any(node: Node, words: Words) -> Demands:
    """What every branch says something about may have the values of one of them."""
    first, *more = [_demands(child, words) for child in node.items()]
    found = first
    for branch in more:
        found = {
            name: values.either(branch[name]) for name, values in found.items() if name in branch
        }
    return found


def _fields(kind: str, node: Node, words: Words) -> Demands:
    if isinstance(node.value, list):
        return {f"{kind}.{name}": _set() for name in node.texts()}
    return {
        f"{kind}.{name}": values
        for name, child in node.mapping().items()
        if not any(field.many for field in words.types.get(name, ()))
        and (values := _values(child)) is not None
    }


def _events(node: Node) -> Demands:
    """Whether an event must have happened, or must never have."""
    entries = node.mapping()
    types = entries["event"].texts()
    lowest = entries["at_least"].value if "at_least" in entries else None
    never = "at_most" in entries and entries["at_most"].value == 0
    if never and set(entries) == {"event", "at_most"}:
        return {f"happened {event}": Values(frozenset({"never"})) for event in types}
    once = lowest != 0 if "at_least" in entries else "at_most" not in entries
    if once and len(types) == 1:
        return {f"happened {types[0]}": Values(frozenset({"once"}))}
    return {}


def _set() -> Values:
    return Values(frozenset({None}), others=True)


def _values(node: Node) -> Values | None:
    """The values that a matcher accepts; None where that cannot be said."""
    if not isinstance(node.value, dict):
        return Values(frozenset(_distinct(member.value) for member in node.one_or_more()))
    found: Values | None = None
    for key, child in node.value.items():
        one = _operator(key, child)
        found = one if found is None or one is None else found.both(one)
    return found


def _operator(key: str, node: Node) -> Values | None:
    match key:
        case "set":
            return _set() if node.value else _set().inverse()
        case "not":
            inner = _values(node)
            return inner.inverse() if inner is not None else None
    return _set()


def _distinct(value: object) -> object:
    """Truth values are no numbers."""
    return (value,) if isinstance(value, bool) else value
