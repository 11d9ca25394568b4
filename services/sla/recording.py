"""A judged rung as an append: the watchdog's command, at exactly the version judged."""

from __future__ import annotations

from libs.casework.bodies import sealed_body
from libs.casework.folding import SYSTEM, KnownCase
from libs.events.envelope import Actor, Append, NewEvent
from services.sla.judging import Record
from services.sla.runs import ClockRow

SERVICE = "sla"


def append_of(row: ClockRow, record: Record, case: KnownCase) -> Append:
    """The append that puts the rung on record, by the system for the unit that registered the case.

    Law 7: the store refuses it at another version than the one judged, and refuses a miss that
    would not be recorded after its due time.
    """
    events = tuple(
        NewEvent(
            type=event.type,
            schema=1,
            body=sealed_body(event, case.stream, case.version + nth, None),
            happened_at=event.happened_at,
        )
        for nth, event in enumerate(record.decision.events, start=1)
    )
    return Append(
        stream=case.stream,
        expected_version=case.version,
        command_id=row.command_id,
        command_hash=row.command_hash,
        service=SERVICE,
        actor=Actor(staff=SYSTEM, role=SYSTEM, unit=case.registered_by),
        events=events,
        not_after=record.decision.valid_until,
        after=record.rung.due_at if record.rung.kind == "missed" else None,
    )
