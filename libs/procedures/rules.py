"""Rules: what a regulation demands of a step, and what it only advises."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from libs.procedures.document import Node
from libs.procedures.language import Words, compile_condition
from libs.procedures.language.language import Condition
from libs.procedures.situation import Situation
from libs.procedures.texts import Text, read_text

REFUSING = ("require_before", "only", "forbid", "independence", "retention")
ADVISING = ("on_event", "minimum", "confidentiality", "auto_close", "other")
KINDS = (*REFUSING, *ADVISING)

_PART = ("applies", "if", "needs", "because")
_RULE = ("id", "kind", "title", "source", "quote", "reading", "guidance", "parts", *_PART)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One clause of a rule: at these actions, if `when` holds, `needs` must hold too.

    Without `needs` the clause is broken whenever `when` holds.
    """

    applies: tuple[str, ...]
    when: Condition | None = None
    needs: Condition | None = None
    because: Text

    def broken(self, situation: Situation) -> bool:
        """Whether the step goes against this clause."""
        if self.when is not None and not self.when.holds(situation):
            return False
        return self.needs is None or not self.needs.holds(situation)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule with its place in the regulation. Only the kinds in `REFUSING` ever refuse."""

    id: str
    kind: str
    title: Text
    source: str
    quote: str | None = None
    reading: str | None = None
    guidance: Text | None = None
    parts: tuple[Part, ...] = ()

    @property
    def refuses(self) -> bool:
        """Whether a step that breaks this rule is refused."""
        return self.kind in REFUSING


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that a step breaks, or that has something to say about it."""

    rule: Rule
    text: Text


class RuleBook:
    """All rules of a procedure, found by action."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._refusing: dict[str, list[tuple[Rule, Part]]] = {}
        self._advising: dict[str, list[tuple[Rule, Part]]] = {}
        for rule in self.rules:
            index = self._refusing if rule.refuses else self._advising
            for part in rule.parts:
                for action in part.applies:
                    index.setdefault(action, []).append((rule, part))

    def refusing(self, action: str) -> tuple[tuple[Rule, Part], ...]:
        """The clauses that may refuse this action, in the file's order."""
        return tuple(self._refusing.get(action, ()))

    def broken(self, situation: Situation) -> list[Finding]:
        """Every refusing rule that the step breaks, each once, in the file's order."""
        return self._found(self._refusing, situation)

    def advice(self, situation: Situation) -> list[Finding]:
        """What the other rules have to say about the step: hints, tasks, findings."""
        return self._found(self._advising, situation)

    @staticmethod
    def _found(index: dict[str, list[tuple[Rule, Part]]], situation: Situation) -> list[Finding]:
        found: dict[str, Finding] = {}
        for rule, part in index.get(situation.step.action, ()):
            if rule.id not in found and part.broken(situation):
                found[rule.id] = Finding(rule=rule, text=part.because)
        return list(found.values())


def read_rule(node: Node, words: Words) -> Rule:
    """The rule written at `node`; raises `ProcedureError` for what does not fit."""
    entries = node.mapping(_RULE)
    for key in ("id", "kind", "title", "source"):
        if key not in entries:
            node.fail(f"has no {key}")
    kind = entries["kind"].word(KINDS)
    title = read_text(entries["title"])
    guidance = read_text(entries["guidance"]) if "guidance" in entries else None
    parts = _parts(node, entries, words, guidance or title)
    if kind in REFUSING and not parts:
        node.fail(f"is of kind {kind}, so it must say which step it applies to")
    if kind in ADVISING and guidance is None:
        node.fail(f"is of kind {kind}, so it must carry guidance")
    return Rule(
        id=entries["id"].text(),
        kind=kind,
        title=title,
        source=entries["source"].text(),
        quote=entries["quote"].text() if "quote" in entries else None,
        reading=entries["reading"].text() if "reading" in entries else None,
        guidance=guidance,
        parts=parts,
    )


def _parts(node: Node, entries: dict[str, Node], words: Words, text: Text) -> tuple[Part, ...]:
    if "parts" in entries:
        if any(key in entries for key in _PART):
            node.fail("says applies, if, needs or because beside parts; put them into a part")
        return tuple(_part(child, child.mapping(_PART), words, text)
                     for child in entries["parts"].items())  # fmt: skip
    if "applies" in entries:
        return (_part(node, entries, words, text),)
    for key in ("if", "needs", "because"):
        if key in entries:
            entries[key].fail("needs `applies`: the step that it is about")
    return ()


def _part(node: Node, entries: dict[str, Node], words: Words, text: Text) -> Part:
    if "applies" not in entries:
        node.fail("has no applies")
    applies = entries["applies"].words(tuple(words.fields))
    if len(set(applies)) != len(applies):
        entries["applies"].fail("names an action twice")
    conditions = {
        key: compile_condition(entries[key], words, applies)
        for key in ("if", "needs")
        if key in entries
    }
    because = read_text(entries["because"]) if "because" in entries else text
    return Part(
        applies=applies,
        when=conditions.get("if"),
        needs=conditions.get("needs"),
        because=because,
    )
