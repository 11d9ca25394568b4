"""What part of the past a query asks for: `as_of` (recorded by then) or `as_happened`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias

from fastapi import Query

from libs.events.past import Past
from libs.serving.parameters import Instant
from libs.serving.problems import FieldFault, bad_fields

AsOf: TypeAlias = Annotated[
    Instant | None, Query(description="截至该时刻已记录的 · what was recorded by then")
]
AsHappened: TypeAlias = Annotated[
    Instant | None, Query(description="截至该时刻已发生的 · what is said to have happened by then")
]


def past_asked(as_of: datetime | None, as_happened: datetime | None, now: datetime) -> Past | None:
    """The past that a query asks for; None for the present.

    Raises `Problem` for one later than `now` (nobody knows yet what will have been recorded by
    then), and for both at once.
    """
    asked = {"as_of": as_of, "as_happened": as_happened}
    named = {name: at for name, at in asked.items() if at is not None}
    faults = [FieldFault(field=name, code="ahead") for name in named if named[name] > now]
    if len(named) > 1:
        faults.append(FieldFault(field="as_happened", code="duplicate"))
    if faults:
        raise bad_fields(faults)
    if as_of is not None:
        return Past(axis="recorded", at=as_of)
    return None if as_happened is None else Past(axis="happened", at=as_happened)
