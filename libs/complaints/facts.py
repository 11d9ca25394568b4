"""From a decision to the facts that the stream will hold, where no store is in between."""

from __future__ import annotations

from datetime import datetime

from libs.complaints.commands import Command, Decision
from libs.procedures.facts import Fact


def facts_of(
    decision: Decision,
    command: Command,
    version: int,
    recorded_at: datetime,
    number: str | None = None,
) -> list[Fact]:
    """The facts of a decision recorded at this moment, the first one at `version`.

    `number` goes to the event that draws it. A claimed time ahead is cut to `recorded_at`.
    """
    drawn_by = decision.number.event_index if decision.number is not None else None
    return [
        Fact(
            type=event.type,
            version=version + index,
            happened_at=min(event.happened_at or recorded_at, recorded_at),
            recorded_at=recorded_at,
            staff=command.staff,
            role=command.role,
            unit=command.unit,
            unit_kind=event.unit_kind,
            post=command.post,
            order=event.order,
            to=event.to,
            to_kinds=event.to_kinds,
            data={name: value for name, value in event.data.items() if name not in event.seal},
            sealed=event.seal,
            number=number if index == drawn_by else None,
        )
        for index, event in enumerate(decision.events)
    ]
