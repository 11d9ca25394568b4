"""Putting blocks together: a mapping of blocks, all of which must hold; `any`, `all`, `none`."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from libs.procedures.document import Node
from libs.procedures.facts import Fact
from libs.procedures.language import case_blocks, event_blocks, step_blocks
from libs.procedures.language.scope import Block, Scope
from libs.procedures.language.words import Words
from libs.procedures.situation import Situation

BLOCKS: dict[str, Callable[[Node, Scope], Block]] = {
    **step_blocks.BLOCKS,
    **case_blocks.BLOCKS,
    **event_blocks.BLOCKS,
}
_LOGIC = ("any", "all", "none")
KEYS = (*BLOCKS, *_LOGIC)


class Condition(msgspec.Struct, frozen=True):
    """A compiled condition."""

    test: Block

    def holds(self, situation: Situation, event: Fact | None = None) -> bool:
        """Whether every block holds in this situation."""
        return self.test(situation, event)


def compile_condition(node: Node, words: Words, actions: tuple[str, ...] = ()) -> Condition:
    """The condition written at `node`, for steps of these actions.

    Raises `ProcedureError` for an unknown block, field, unit kind, role, event, clock or reference,
    with the nearest known word.
    """
    return Condition(_compile(node, Scope(words=words, actions=actions)))


def _compile(node: Node, scope: Scope) -> Block:
    entries = node.mapping(KEYS)
    if not entries:
        node.fail("an empty condition says nothing")
    tests = [_block(key, child, scope) for key, child in entries.items()]
    return tests[0] if len(tests) == 1 else _every(tests)


def _block(key: str, node: Node, scope: Scope) -> Block:
    if key not in _LOGIC:
        return BLOCKS[key](node, scope)
    tests = [_compile(child, scope) for child in node.items()]
    if not tests:
        node.fail("must not be an empty list")
    if key == "all":
        return _every(tests)
    if key == "any":
        return lambda situation, event: any(test(situation, event) for test in tests)
    return lambda situation, event: not any(test(situation, event) for test in tests)


def _every(tests: list[Block]) -> Block:
    def every(situation: Situation, event: Fact | None) -> bool:
        for test in tests:  # noqa: SIM110 - a loop is twice as fast as all() over a generator
            if not test(situation, event):
                return False
        return True

    return every
