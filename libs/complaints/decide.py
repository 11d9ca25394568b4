"""Deciding a step: allowed with its events, or refused with every reason. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from libs.complaints.commands import (
    BrokenRule,
    Command,
    Decision,
    NumberRequest,
    ProposedEvent,
    Refusal,
)
from libs.complaints.fields import sealed_among
from libs.complaints.fills import due_times, written_in
from libs.complaints.letters import next_letters
from libs.complaints.refusals import of_rule, refused
from libs.complaints.repeats import link_of
from libs.complaints.state import Case
from libs.procedures.calendar import Calendar
from libs.procedures.catalogue import ACTIONS, EVENT_OF, Action
from libs.procedures.extensions import extension_faults
from libs.procedures.language.references import order_value
from libs.procedures.schema import Procedure
from libs.procedures.situation import Situation, Step

AHEAD = timedelta(seconds=60)
"""How far a claimed time may lie ahead of the clock; it is then cut to the recorded time."""
_HANDS_OVER = frozenset({"issue_order", "forward_order"})
_HOLDERS = frozenset({"receive_order", "forward_order", "return_order", "feed_back"})


def decide(
    case: Case, command: Command, procedure: Procedure, calendar: Calendar, now: datetime
) -> Decision | Refusal:
    """What comes of a step taken at `now`: its events, or a refusal naming every broken rule.

    The command's fields are shape-checked already (`check_fields`). Changes nothing.
    """
    return _decide(case, command, procedure, calendar, now, faults=_claim(case, command, now))


def decide_by_watchdog(
    case: Case, command: Command, procedure: Procedure, calendar: Calendar, now: datetime
) -> Decision | Refusal:
    """As `decide`, for what the watchdog does by itself: it is dated to the due time."""
    return _decide(case, command, procedure, calendar, now, faults=())


def objections(
    case: Case, command: Command, procedure: Procedure, calendar: Calendar, at: datetime
) -> tuple[BrokenRule, ...]:
    """Every rule that a step taken at `at` breaks; empty where all allow it.

    For steps that are facts already (imported history): they are listed, not refused.
    """
    action = ACTIONS[command.action]
    closed = _closed(case, action)
    if closed is not None:
        return (refused(closed),)
    return _weighed(case, command, procedure, calendar, at, faults=())[1]


def _decide(
    case: Case,
    command: Command,
    procedure: Procedure,
    calendar: Calendar,
    now: datetime,
    *,
    faults: tuple[str, ...],
) -> Decision | Refusal:
    action = ACTIONS.get(command.action)
    closed = "unknown-action" if action is None else _closed(case, action)
    if action is None or closed is not None:
        return Refusal(broken=(refused(closed or "unknown-action"),))
    situation, broken = _weighed(case, command, procedure, calendar, now, faults=faults)
    if broken:
        return Refusal(broken=broken)
    happened_at = command.happened_at
    step = due_times(case, situation.step, procedure, calendar, happened_at or now)
    events = events_of(step, procedure, calendar, happened_at)
    return Decision(
        events=events,
        valid_until=situation.horizon,
        number=_number(case, events, step.unit, procedure),
        advice=tuple(of_rule(found) for found in procedure.rulebook.advice(situation)),
    )


def _weighed(
    case: Case,
    command: Command,
    procedure: Procedure,
    calendar: Calendar,
    now: datetime,
    *,
    faults: tuple[str, ...],
) -> tuple[Situation, tuple[BrokenRule, ...]]:
    """The step before the complaint, filled in, and every reason against it."""
    step = step_of(case, command, procedure)
    situation = situation_of(case, step, procedure, calendar, now)
    situation.step = step = written_in(situation, procedure.fills)
    codes = (*_shape(case, step, command.order, procedure), *faults, *extension_faults(situation))
    findings = procedure.rulebook.broken(situation)
    broken = (*(of_rule(found) for found in findings), *(refused(code) for code in codes))
    return situation, broken


def situation_of(
    case: Case, step: Step, procedure: Procedure, calendar: Calendar, now: datetime
) -> Situation:
    """The step before the complaint, as conditions look at it."""
    return Situation(
        step=step,
        attributes=case.attributes,
        status=case.status,
        history=case.history,
        orders=case.orders,
        clocks=case.clocks,
        now=now,
        frame=procedure.frame(calendar),
    )


def _closed(case: Case, action: Action) -> str | None:
    """Why nothing at all can be said to this stream: no further rule is looked at then."""
    if action.name == "register":
        return "already-registered" if case.version else None
    if not case.version:
        return "not-registered"
    return "content-destroyed" if case.status == "destroyed" else None


def _shape(case: Case, step: Step, named: str | None, procedure: Procedure) -> tuple[str, ...]:
    action = ACTIONS[step.action]
    codes = []
    if named is None and action.order == "required":
        codes.append("order-required")
    if named is not None:
        order = case.orders.get(named)
        if order is not None and action.order == "new":
            codes.append("order-exists")
        if order is None and action.order != "new":
            codes.append("unknown-order")
        if order is not None and step.action in _HOLDERS and order.holder not in {None, step.unit}:
            codes.append("order-not-held")
    if action.to and not step.to:
        codes.append("addressee-required")
    if step.action == "unlink_repeat" and link_of(case) is None:
        codes.append("not-linked")
    # Who else may be addressed (a customer, a regulator's office) is not the organisation's.
    if step.action in _HANDS_OVER and not all(map(procedure.directory.knows, step.to)):
        codes.append("unknown-unit")
    return tuple(codes)


def _claim(case: Case, command: Command, now: datetime) -> tuple[str, ...]:
    action = ACTIONS.get(command.action)
    if command.happened_at is None or action is None:
        return ()
    if not action.claims:
        return ("claim-not-allowed",)
    if case.registration is not None and command.happened_at < case.registration.happened_at:
        return ("happened-before-registration",)
    return ("happened-ahead",) if command.happened_at > now + AHEAD else ()


def step_of(case: Case, command: Command, procedure: Procedure) -> Step:
    """The step as rules see it: the order's letters, the addressee and kinds of units supplied."""
    action, directory = ACTIONS[command.action], procedure.directory
    order = command.order
    if order is None and action.order == "new":
        order = next_letters(case.orders)
    to = command.to or _default_addressee(case, action, order)
    data = {name: value for name, value in command.data.items() if value is not None}
    if action.order == "new":
        data.setdefault("kind", "main")
    return Step(
        action=action.name,
        staff=command.staff,
        role=command.role,
        unit=command.unit,
        unit_kind=directory.kind_of(command.unit),
        post=command.post,
        order=order,
        to=to,
        to_kinds=tuple(kind for unit in to if (kind := directory.kind_of(unit)) is not None),
        data=data,
        sealed=sealed_among(data, action.name, procedure),
    )


def _default_addressee(case: Case, action: Action, order: str | None) -> tuple[str, ...]:
    """A result or a returned order goes back to whom it came from, when nobody is named."""
    if action.name not in {"feed_back", "return_order"}:
        return ()
    named = case.orders.get(order)
    sender = order_value(named, "sender") if named is not None else None
    return (str(sender),) if sender is not None else ()


def events_of(
    step: Step, procedure: Procedure, calendar: Calendar, happened_at: datetime | None
) -> tuple[ProposedEvent, ...]:
    """The step's event; a registration that fills the whole form leaves the classification too."""
    data = dict(step.data)
    if step.action == "register":
        data["procedure"] = procedure.id
        data["procedure_version"] = procedure.version
        data["calendar_version"] = calendar.version
    first = ProposedEvent(
        type=EVENT_OF[step.action],
        order=step.order,
        to=step.to,
        to_kinds=step.to_kinds,
        unit_kind=step.unit_kind,
        data=data,
        seal=step.sealed,
        happened_at=happened_at,
    )
    form = procedure.classified_by_register
    if step.action != "register" or not form or not all(name in step.data for name in form):
        return (first,)
    own = procedure.fields["classify"]
    classified = {
        name: value for name, value in step.data.items() if name in own and name not in step.sealed
    }
    second = ProposedEvent(
        type=EVENT_OF["classify"],
        unit_kind=step.unit_kind,
        data=classified,
        happened_at=happened_at,
    )
    return (first, second)


def _number(
    case: Case, events: tuple[ProposedEvent, ...], unit: str, procedure: Procedure
) -> NumberRequest | None:
    """A number is drawn once, by the first event of the type the procedure names."""
    numbering = procedure.numbering
    types = [event.type for event in events]
    if case.number is not None or numbering.given_at not in types:
        return None
    registering = case.registration.unit if case.registration is not None else unit
    return NumberRequest(
        series=numbering.series(procedure.id, registering),
        pattern=numbering.pattern_for(registering),
        resets=numbering.resets,
        timezone=procedure.timezone,
        event_index=types.index(numbering.given_at),
    )
