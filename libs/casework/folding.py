"""From stored events to a case: bodies read, facts made, the fold extended event by event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from libs.access.policy import Involvement
from libs.casework.bodies import EventBody, acting, read_body
from libs.casework.regulations import Pinned, Regulations
from libs.complaints.fields import decode
from libs.complaints.state import Case, evolve, initial
from libs.events.envelope import StoredEvent
from libs.events.past import Past
from libs.procedures.clocks.plan import REPINNED
from libs.procedures.facts import Fact
from libs.procedures.schema import Procedure

SYSTEM = "system"
HANDS_OVER = frozenset({"OrderIssued", "OrderForwarded"})


class KnownCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as folded up to `version`.

    `acted`: version of the last event that a person left (the system's do not count). `units`:
    every unit that acted or was handed an order.
    """

    stream: str
    version: int
    acted: int
    case: Case
    pinned: Pinned
    registered_by: str
    units: frozenset[str]

    @property
    def involvement(self) -> Involvement:
        """What access looks at."""
        tier = self.case.attributes.get("tier")
        return Involvement(
            registered_by=self.registered_by,
            units=self.units,
            tier=tier if isinstance(tier, str) else None,
        )


def fold(
    known: KnownCase | None, events: Iterable[StoredEvent], regulations: Regulations
) -> KnownCase | None:
    """Return the case after these events, which follow on `known` without a gap.

    None for no events of an unknown case. Raises `UnknownProcedure`, `UnknownCalendar`.
    """
    for event in events:
        body = read_body(event)
        known = _ready(known, event, body, regulations)
        assert event.version == known.version + 1, "a stream has no gaps"
        known = _extended(known, event, body)
    return known


def fold_past(
    stream: Iterable[StoredEvent], past: Past, regulations: Regulations
) -> KnownCase | None:
    """Return the case as of an instant, out of all events of its stream; None before its first.

    Its `version` is that of the last event that counts. Raises as `fold`.
    """
    known = None
    for event, body in counting(stream, past):
        known = _extended(_ready(known, event, body, regulations), event, body)
    return known


def counting(stream: Iterable[StoredEvent], past: Past) -> Iterator[tuple[StoredEvent, EventBody]]:
    """Yield the events of a whole stream that count as of an instant, in version order.

    None do where the first one does not: without it there is no case yet.
    """
    for event in stream:
        body = read_body(event)
        if past.counts(event.happened_at, known_at(event, body)):
            yield event, body
        elif event.version == 1:
            return


def known_at(event: StoredEvent, body: EventBody) -> datetime:
    """Return when the event became known.

    Imported history counts as recorded when it happened: nobody could have typed it here then.
    """
    return event.recorded_at if body.imported is None else event.happened_at


def fact_of(event: StoredEvent, body: EventBody, procedure: Procedure) -> Fact:
    """Return the event as rules see it under its procedure."""
    actor = acting(event, body)
    return Fact(
        type=event.type,
        version=event.version,
        happened_at=event.happened_at,
        recorded_at=known_at(event, body),
        staff=actor.staff,
        role=actor.role,
        unit=actor.unit,
        unit_kind=body.unit_kind,
        post=actor.post,
        order=body.order,
        to=body.to,
        to_kinds=body.to_kinds,
        data=decode(event.type, body.data, procedure),
        sealed=frozenset(body.sealed),
        number=event.number,
    )


def unborn(stream: str, registered_by: str, pinned: Pinned) -> KnownCase:
    """Return a case before its first event."""
    return KnownCase(
        stream=stream,
        version=0,
        acted=0,
        case=initial(),
        pinned=pinned,
        registered_by=registered_by,
        units=frozenset(),
    )


def _ready(
    known: KnownCase | None, event: StoredEvent, body: EventBody, regulations: Regulations
) -> KnownCase:
    """The case that an event extends, with what it is judged by from this event on."""
    if known is None:
        return unborn(event.stream, acting(event, body).unit, regulations.pinned(body))
    if event.type != REPINNED:
        return known
    pinned = regulations.repinned(known.pinned, str(body.data["calendar_version"]))
    return msgspec.structs.replace(known, pinned=pinned)


def _extended(known: KnownCase, event: StoredEvent, body: EventBody) -> KnownCase:
    procedure, calendar = known.pinned.procedure, known.pinned.calendar
    fact = fact_of(event, body, procedure)
    handed = set(fact.to) if fact.type in HANDS_OVER else set()
    return KnownCase(
        stream=known.stream,
        version=event.version,
        acted=known.acted if fact.role == SYSTEM else event.version,
        case=evolve(known.case, fact, procedure, calendar),
        pinned=known.pinned,
        registered_by=known.registered_by,
        units=known.units | handed | {fact.unit},
    )
