"""What a query may hold: instants within reason, and short words without control characters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

# Beyond these no clock, calendar or time zone has to be reckoned with: 1900 to 2199.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
PLAIN = r"^[^\x00-\x1f\x7f]*$"


def within_reason(instant: datetime) -> bool:
    """Return whether an instant has an offset and lies in the years 1900 to 2199."""
    return instant.tzinfo is not None and EARLIEST <= instant < LATEST


def _instant(given: datetime) -> datetime:
    if not within_reason(given):
        raise PydanticCustomError("not_time", "must be a time with its offset, 1900 to 2199")
    return given.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_instant)]
"""A time with its offset in the years 1900 to 2199, in UTC."""

Word = Annotated[str, Query(max_length=64, pattern=PLAIN)]
"""At most 64 characters, none of them a control character."""
