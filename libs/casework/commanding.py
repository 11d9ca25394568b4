"""What somebody asks for, and how it can end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from libs.access.identity import Subject
from libs.complaints.commands import BrokenRule
from libs.procedures.catalogue import Action


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A step asked for, its body still as it came.

    A registration has a `procedure` and no `complaint`. `command_hash` covers who asks and all that
    is asked. `version_seen`: nobody but the system may have acted on the complaint since.
    """

    command_id: str
    command_hash: bytes
    action: Action
    subject: Subject
    body: Mapping[str, object]
    complaint: str | None = None
    procedure: str | None = None
    version_seen: int | None = None
    correlation_id: str | None = None


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """The durable result of a step; a repeat gets the same one again (without the advice).

    `advice`: what rules that never refuse have to say about the step.
    """

    complaint: str
    number: str | None
    order: str | None
    version: int
    recorded_at: datetime
    events: tuple[tuple[str, int], ...]
    advice: tuple[BrokenRule, ...] = ()
    repeated: bool = False


class CommandError(Exception):
    """Base of the ways in which a step is not taken; nothing was stored."""


class Unseen(CommandError):
    """There is no such complaint, or the subject may not see it: no difference is shown."""


class NotPermitted(CommandError):
    """The subject sees the complaint, but access does not let him take this action."""


class VersionMoved(CommandError):
    """Somebody has acted on the complaint since the version that the client saw."""

    def __init__(self, version: int) -> None:
        super().__init__(f"now at version {version}")
        self.version = version


class Contested(CommandError):
    """Others kept appending first, in every try."""
