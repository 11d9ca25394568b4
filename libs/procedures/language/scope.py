"""What a block knows while it is compiled, and the pieces that many blocks share."""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec

from libs.procedures.document import Node
from libs.procedures.facts import Fact, Value
from libs.procedures.language.matchers import Matcher, compile_matcher
from libs.procedures.language.words import Words
from libs.procedures.situation import Situation

Block = Callable[[Situation, Fact | None], bool]
Read = Callable[[str, Situation, Fact | None], Value]


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """The procedure's words and the actions whose steps the condition is about."""

    words: Words
    actions: tuple[str, ...] = ()


def fields_test(node: Node, scope: Scope, known: Collection[str], read: Read) -> Block:
    """`[a, b]`: all set. `{a: matcher}`: each fits. `read` fetches a field's value."""
    if isinstance(node.value, list):
        names = []
        for child in node.items():
            scope.words.check_field(child.text(), known, child)
            names.append(child.text())
        if not names:
            node.fail("must not be an empty list")
        return lambda situation, event: all(
            read(name, situation, event) not in (None, ()) for name in names
        )
    tests: list[tuple[str, Matcher]] = []
    for name, child in node.mapping().items():
        scope.words.check_field(name, known, child)
        _only_presence(name, child, scope.words)
        _possible(name, child, scope.words)
        tests.append((name, compile_matcher(child, scope.words, scope.actions)))
    if not tests:
        node.fail("names no field")

    def holds(situation: Situation, event: Fact | None) -> bool:
        for name, test in tests:  # noqa: SIM110 - faster than all() over a generator
            if not test(read(name, situation, event), situation, event):
                return False
        return True

    return holds


def _only_presence(name: str, node: Node, words: Words) -> None:
    """A sealed text may be asked for its presence, never for its content."""
    if name in words.sealed and node.value is not None and set(_keys(node)) != {"set"}:
        node.fail("is a sealed text: only {set: true} or {set: false} may be asked")


def _possible(name: str, node: Node, words: Words) -> None:
    """Every value written must be one that the field can have."""
    if not isinstance(node.value, dict):
        words.check_values(name, node)
        return
    for key in ("not", "contains"):
        if key in node.value:
            _possible(name, node.value[key], words)


def _keys(node: Node) -> list[str]:
    return list(node.value) if isinstance(node.value, dict) else [""]


def counted(node_of: dict[str, Node]) -> Callable[[int], bool]:
    """The test written as `at_least` and `at_most` in a block that counts; default at least 1."""
    lowest = node_of["at_least"].whole() if "at_least" in node_of else None
    highest = node_of["at_most"].whole() if "at_most" in node_of else None
    if lowest is None and highest is None:
        lowest = 1
    if lowest is not None and highest is not None and lowest > highest:
        node_of["at_most"].fail(f"can never hold: at least {lowest} is more than at most {highest}")
    return lambda number: (
        (lowest is None or number >= lowest) and (highest is None or number <= highest)
    )


def unit_test(node: Node) -> Callable[[str | None, Situation], bool]:
    """Whether a unit fits one of the patterns written at `node`."""
    patterns = node.texts()

    def fits(unit: str | None, situation: Situation) -> bool:
        directory = situation.frame.units
        return unit is not None and any(directory.fits(unit, pattern) for pattern in patterns)

    return fits
