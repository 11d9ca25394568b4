"""Looking back: the instant and axis of time that a page's visitor has chosen, if any."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from services.console.gateway import InvalidQuery

AXES = {"recorded": "as_of", "happened": "as_happened"}
"""What each axis is called in a query to the services."""


class LookBack(msgspec.Struct, frozen=True, kw_only=True):
    """`local`: the instant as the visitor wrote it, in the console's time zone."""

    axis: str
    local: str
    at: datetime

    @property
    def asked(self) -> dict[str, str]:
        """The query to a service."""
        return {AXES[self.axis]: self.at.isoformat()}

    @property
    def kept(self) -> str:
        """The part of a page's address that keeps the look at another page."""
        return urlencode({"axis": self.axis, "at": self.local})


def look_back(query: Mapping[str, str], timezone: str) -> LookBack | None:
    """The look a page's address asks for; None for the present. Raises `InvalidQuery`."""
    local = query.get("at", "").strip()
    if not local:
        return None
    axis = query.get("axis", "recorded")
    try:
        told = datetime.fromisoformat(local)
        at = (told if told.tzinfo else told.replace(tzinfo=ZoneInfo(timezone))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidQuery("at") from None
    if axis not in AXES:
        raise InvalidQuery("axis")
    return LookBack(axis=axis, local=local, at=at)
