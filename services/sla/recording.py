"""From a judged rung to the append that puts it on record."""

from __future__ import annotations

from datetime import datetime

import msgspec

from libs.casework.bodies import sealed_body
from libs.casework.folding import SYSTEM, KnownCase
from libs.events.envelope import Actor, Append, NewEvent
from services.sla.judging import Record
from services.sla.runs import ClockRow

SERVICE = "sla"


class Firing(msgspec.Struct, frozen=True, array_like=True):
    """What recording a rung takes: events for exactly the version judged, and the row's next rung.

    `after`: the due time, for a miss, which must be recorded later. `not_after`: until when the
    decision holds. `unit`: the one that registered the complaint, for which the system acts.
    """

    version: int
    unit: str
    events: tuple[NewEvent, ...]
    then: ClockRow | None
    after: datetime | None = None
    not_after: datetime | None = None


def firing_of(record: Record, case: KnownCase) -> Firing:
    """What putting a rung on record takes, on the case as judged."""
    rung, decision = record.rung, record.decision
    return Firing(
        version=case.version,
        unit=case.registered_by,
        events=tuple(
            NewEvent(
                type=event.type,
                schema=1,
                body=sealed_body(event, case.stream, case.version + nth, None),
                happened_at=event.happened_at,
            )
            for nth, event in enumerate(decision.events, start=1)
        ),
        then=record.then,
        after=rung.due_at if rung.kind == "missed" else None,
        not_after=decision.valid_until,
    )


def append_of(row: ClockRow, firing: Firing) -> Append:
    """The append, by the system.

    Law 7: the store refuses it at another version than the one judged, and refuses a miss that
    would not be recorded after its due time.
    """
    command_id, command_hash = row.command()
    return Append(
        stream=row.stream,
        expected_version=firing.version,
        command_id=command_id,
        command_hash=command_hash,
        service=SERVICE,
        actor=Actor(staff=SYSTEM, role=SYSTEM, unit=firing.unit),
        events=firing.events,
        not_after=firing.not_after,
        after=firing.after,
    )
