"""Commands and what a decision answers. See FORMAT's table of actions for the words."""

from __future__ import annotations

from datetime import datetime

import msgspec

from libs.procedures.facts import Value


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One step somebody wants to take.

    `data` holds clear and to-be-sealed fields alike, already shape-checked; which are sealed is
    said by the action and the procedure. `happened_at` is given only where an earlier time is
    claimed. `order` names a work order; `to` the addressed units or bodies.
    """

    id: str
    action: str
    complaint: str
    staff: str
    role: str
    unit: str
    post: str | None = None
    order: str | None = None
    to: tuple[str, ...] = ()
    data: dict[str, Value] = {}
    happened_at: datetime | None = None


class ProposedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that a decision wants stored; `seal` names the fields of `data` to be sealed."""

    type: str
    order: str | None = None
    to: tuple[str, ...] = ()
    to_kinds: tuple[str, ...] = ()
    unit_kind: str | None = None
    data: dict[str, Value] = {}
    seal: frozenset[str] = frozenset()
    happened_at: datetime | None = None


class BrokenRule(msgspec.Struct, frozen=True, kw_only=True):
    """Why a step is refused: a rule's id (or a built-in code), and the reason in both languages."""

    rule: str
    source: str | None
    zh: str
    en: str


class NumberRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A number to be drawn by the event at `event_index`; see libs.procedures.numbering."""

    series: str
    pattern: str
    resets: str
    timezone: str
    event_index: int = 0


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The step is allowed; its truth may end at `valid_until` (the append refuses later).

    `advice`: what rules that never refuse have to say about the step.
    """

    events: tuple[ProposedEvent, ...]
    valid_until: datetime | None = None
    number: NumberRequest | None = None
    advice: tuple[BrokenRule, ...] = ()


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The step is refused; `broken` names every rule that forbids it, never fewer."""

    broken: tuple[BrokenRule, ...]
