"""A clock as a procedure declares it: from which event to which, within what, for whom."""

from __future__ import annotations

from typing import Literal

import msgspec

from libs.procedures.clocks.limits import Limit, LimitRule
from libs.procedures.conditions import Condition
from libs.procedures.facts import Value

CountedFact = Literal["customer_answered", "open_main_or_redo_orders", "open_orders"]
Conditions = tuple[Condition, ...]


class StopCondition(msgspec.Struct, frozen=True):
    """A field the stopping event must carry.

    `event`: only events of this type are asked. `only_if_carried`: an event without the field
    stops the clock all the same (the clock names several stopping types).
    """

    condition: Condition
    event: str | None = None
    only_if_carried: bool = False
    by_issuer: bool = False


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """Who may prolong the clock: one of the roles `by`, of `unit` if named, while `when` holds.

    `cap`: how far, counted from the clock's start; None without end. `basis`: only grants with
    this basis. `alternative`: another way that suffices as well. `needs`: what else the source
    asks for, in words.
    """

    by: tuple[str, ...]
    unit: str | None = None
    when: Conditions = ()
    cap: Limit | None = None
    basis: str | None = None
    needs: str | None = None
    alternative: Extension | None = None


class Pausing(msgspec.Struct, frozen=True, kw_only=True):
    """Who may let the clock stand still: one of the roles `by`, of `unit` if named.

    `needs`: what the source asks for, in words.
    """

    by: tuple[str, ...]
    unit: str | None = None
    needs: str | None = None


class Consequence(msgspec.Struct, frozen=True):
    """What the watchdog does with the miss, by system: an action with its fields."""

    action: str
    data: dict[str, Value]


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """One time limit of a procedure.

    `starts`/`stops`: event types. `per_order`: runs once per work order. `class_when`: attributes
    of the complaint, watched while the clock is open; `start_when`, `register_when`, `counted_when`
    are looked at once, at the starting event. `restarts`: every starting event opens a run of its
    own, `open_run_stays` then says whether one still open goes on. `lives_on`: nothing but
    `cancelled_by` cancels it. `capped_when`: where these fields of the order hold, the run ends
    with the run of the order named in `of` at the latest. `warn_at`: warnings, in thousandths of
    the time. `soft`: a miss is no breach. `pausing`: it may stand still. `defaulted`: the value is
    not the source's.
    """

    id: str
    starts: tuple[str, ...]
    stops: tuple[str, ...]
    limit: LimitRule
    per_order: bool = False
    class_when: Conditions = ()
    start_when: Conditions = ()
    register_when: Conditions = ()
    counted_when: Conditions = ()
    stop_when: tuple[StopCondition, ...] = ()
    restarts: bool = False
    open_run_stays: bool = True
    lives_on: bool = False
    cancelled_by: dict[str, Conditions] = {}
    capped_when: Conditions = ()
    from_at: str | None = None
    extension: Extension | None = None
    pausing: Pausing | None = None
    soft: bool = False
    defaulted: bool = False
    warn_at: tuple[int, ...] = ()
    consequence: Consequence | None = None
    title: dict[str, str] = {}
    on_miss: str | None = None
    source: str | None = None
    quote: str | None = None
    reading: str | None = None
