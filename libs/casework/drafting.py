"""From a decision to what the store takes: bodies sealed for their versions, and the number."""

from __future__ import annotations

import msgspec

from libs.access.sealing import CaseKey
from libs.casework.bodies import sealed_body
from libs.casework.commanding import Asked
from libs.casework.folding import KnownCase
from libs.casework.registry import REGISTRY
from libs.complaints.commands import Decision, ProposedEvent
from libs.events.envelope import Actor, Append, NewEvent, NumberSeries


def draft(
    asked: Asked,
    service: str,
    known: KnownCase,
    decision: Decision,
    lock: tuple[CaseKey | None, bytes | None],
) -> Append:
    """Return the append of a decision taken on `known`; `lock`: its key, and that key wrapped."""
    key, wrapped = lock
    subject = asked.subject
    return Append(
        stream=known.stream,
        expected_version=known.version,
        command_id=asked.command_id,
        command_hash=asked.command_hash,
        service=service,
        actor=Actor(staff=subject.staff, role=subject.role, unit=subject.unit, post=subject.post),
        events=tuple(
            _new_event(event, known.stream, known.version + place, key)
            for place, event in enumerate(decision.events, start=1)
        ),
        correlation_id=asked.correlation_id,
        not_after=decision.valid_until,
        number=_series(decision),
        wrapped_key=wrapped,
    )


def _new_event(event: ProposedEvent, stream: str, version: int, key: CaseKey | None) -> NewEvent:
    return NewEvent(
        type=event.type,
        schema=REGISTRY[event.type].schema,
        body=sealed_body(event, stream, version, key),
        happened_at=event.happened_at,
    )


def _series(decision: Decision) -> NumberSeries | None:
    wanted = decision.number
    return None if wanted is None else NumberSeries(**msgspec.structs.asdict(wanted))
