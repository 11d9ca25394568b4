"""What a played case came to, as far as scenario files speak of it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from libs.complaints.commands import Refusal


class SeenClock(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a clock as it stands when the picture is taken."""

    clock: str
    order: str | None
    state: str
    due_at: datetime | None
    warn_at: datetime | None
    ended_at: datetime | None
    warned: bool
    missed: bool


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """The case at `check_at`, its events' types in order, what each step came to (None: allowed).

    `status` is None where nothing was ever registered.
    """

    status: str | None
    number: str | None
    clocks: tuple[SeenClock, ...]
    events: tuple[str, ...]
    refusals: tuple[Refusal | None, ...]
