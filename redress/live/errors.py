"""What keeps a case from being played live."""

from __future__ import annotations

from redress.failures import CommandError


class LiveError(CommandError):
    """The running system did not get through, or the case cannot be played over HTTP."""
