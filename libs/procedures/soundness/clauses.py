"""The clauses of the refusing rules as they are written, before they become functions."""

from __future__ import annotations

import msgspec

from libs.procedures.document import Node
from libs.procedures.rules import REFUSING


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a refusing rule: at `applies`, while `when` holds, `needs` must hold too."""

    rule: str
    applies: tuple[str, ...]
    when: Node | None
    needs: Node | None
    at: Node

    @property
    def forbids(self) -> bool:
        """Whether the step is ruled out altogether, which a regulation may well want."""
        return self.when is None and self.needs is None


Clauses = dict[str, list[Clause]]
"""The clauses in the file's order, by action."""


def read_clauses(rules: Node) -> Clauses:
    """The clauses of rules that have been read without fault."""
    found: Clauses = {}
    for rule in () if rules.empty else rules.items():
        entries = rule.mapping()
        if entries["kind"].text() not in REFUSING:
            continue
        for part in entries["parts"].items() if "parts" in entries else [rule]:
            clause = _clause(entries["id"].text(), part)
            for action in clause.applies:
                found.setdefault(action, []).append(clause)
    return found


def _clause(rule: str, part: Node) -> Clause:
    entries = part.mapping()
    return Clause(
        rule=rule,
        applies=entries["applies"].texts(),
        when=entries.get("if"),
        needs=entries.get("needs"),
        at=entries.get("needs", part),
    )
