"""Guidance at the steps: what the rules that never refuse have to say about what is open now.

A step is open when some role may take it as far as can be told without knowing more of it: a rule
that depends on who acts, on which order or with which fields leaves it open.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, cast

import msgspec

from libs.complaints.decide import situation_of
from libs.complaints.state import Case
from libs.procedures.calendar import Calendar
from libs.procedures.catalogue import ACTIONS
from libs.procedures.facts import Value
from libs.procedures.language.words import ROLES
from libs.procedures.rules import Part, Rule
from libs.procedures.schema import Procedure
from libs.procedures.situation import Step

_OVER = frozenset({"destroyed"})


class Guidance(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of advice at the steps it belongs to (`actions`; empty: at none in particular)."""

    rule: str
    kind: str
    source: str
    actions: tuple[str, ...]
    zh: str
    en: str


def guidance(
    case: Case, procedure: Procedure, calendar: Calendar, now: datetime
) -> tuple[Guidance, ...]:
    """What the procedure advises at the steps that are open for the complaint at `now`, rule by
    rule in the file's order, what belongs to no step last. Decides nothing.
    """
    if case.version == 0 or case.status in _OVER:
        return ()
    probing = _Probing(case, procedure, calendar, now)
    advising = [rule for rule in procedure.rules if not rule.refuses]
    found = [each for rule in advising if (each := _at(rule, probing)) is not None]
    return tuple(sorted(found, key=lambda each: not each.actions))


def _at(rule: Rule, probing: _Probing) -> Guidance | None:
    actions = dict.fromkeys(
        action
        for part in rule.parts
        for action in part.applies
        if probing.open(action) and probing.speaks(part, action)
    )
    if rule.parts and not actions:
        return None
    text = rule.guidance or rule.title
    return Guidance(
        rule=rule.id,
        kind=rule.kind,
        source=rule.source,
        actions=tuple(actions),
        zh=text.zh,
        en=text.en,
    )


class _Probing:
    """Looks at one case with steps nobody has filled in yet; remembers which ones are open."""

    def __init__(self, case: Case, procedure: Procedure, calendar: Calendar, now: datetime) -> None:
        self._rules = procedure.rulebook
        self._situation = situation_of(
            case, cast("Step", _Blank("register", "agent")), procedure, calendar, now
        )
        self._orders = bool(case.orders.open())
        self._open: dict[str, bool] = {}

    def open(self, action: str) -> bool:
        """Whether some role may find a way to take the step."""
        if action not in self._open:
            self._open[action] = self._is_open(action)
        return self._open[action]

    def _is_open(self, action: str) -> bool:
        if action == "register" or (ACTIONS[action].order == "required" and not self._orders):
            return False
        parts = [part for _, part in self._rules.refusing(action)]
        return any(self._way(action, role, parts) for role in ROLES)

    def _way(self, action: str, role: str, parts: Iterable[Part]) -> bool:
        return not any(self._look(part, action, role) == "broken" for part in parts)

    def speaks(self, part: Part, action: str) -> bool:
        """Whether the advice holds now, or may, depending on who acts and how."""
        return any(self._look(part, action, role) != "kept" for role in ROLES)

    def _look(self, part: Part, action: str, role: str) -> Literal["kept", "broken", "depends"]:
        blank = _Blank(action, role)
        self._situation.step = cast("Step", blank)
        broken = part.broken(self._situation)
        if blank.asked:
            return "depends"
        return "broken" if broken else "kept"


class _Unsaid(dict[str, Value]):
    """Fields nobody has filled in; tells that one was asked for."""

    def __init__(self, blank: _Blank) -> None:
        super().__init__()
        self._blank = blank

    def get(self, key: str, default: object = None) -> None:  # noqa: ARG002
        """Nothing, whatever is asked for."""
        self._blank.asked = True


class _Blank:
    """A step of which only action and role are known; `asked`: more was wanted of it."""

    sealed: frozenset[str] = frozenset()

    def __init__(self, action: str, role: str) -> None:
        self.action, self.role = action, role
        self.asked = False
        self.data = _Unsaid(self)

    def __getattr__(self, name: str) -> object:
        """Who acts, on which order, towards whom: not known yet."""
        self.asked = True
        return () if name in {"to", "to_kinds"} else None
