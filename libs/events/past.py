"""Looking back: an instant on one of the two axes of time that every event has."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """An instant, and the axis on which it lies.

    `recorded`: what was known at `at`, the events recorded by then; always the beginning of a
    stream. `happened`: what had happened by `at` as far as is known today, the stream without the
    events that are said to have happened later; it may have gaps.
    """

    axis: Literal["recorded", "happened"]
    at: datetime

    def counts(self, happened_at: datetime, recorded_at: datetime) -> bool:
        """Whether an event with these times counts by then."""
        return (recorded_at if self.axis == "recorded" else happened_at) <= self.at
