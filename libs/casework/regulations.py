"""Procedures and calendars of an installation, found as a complaint's first event pins them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from libs.casework.bodies import EventBody
from libs.procedures.calendar import Calendar, load_calendars
from libs.procedures.schema import Procedure, ProcedureBook

CALENDARS = "calendars"


class UnknownCalendar(LookupError):
    """A complaint pins a calendar that this installation no longer has."""


class Pinned(msgspec.Struct, frozen=True, kw_only=True):
    """What one complaint is judged by, for ever (or until a recorded re-pin)."""

    procedure: Procedure
    calendar: Calendar


class Regulations:
    """The procedure files of `folder` and the calendars of its `calendars`; read once."""

    def __init__(self, folder: Path) -> None:
        self.procedures = ProcedureBook(folder)
        self._calendars = load_calendars(folder / CALENDARS)
        self._current = next(reversed(self._calendars.values()))

    def current(self, procedure: str) -> Pinned:
        """Return the newest version of a procedure, for a new complaint.

        Raises `UnknownProcedure`.
        """
        return Pinned(procedure=self.procedures.get(procedure), calendar=self._current)

    def pinned(self, registration: EventBody) -> Pinned:
        """Return what a registration's body pins. Raises `UnknownProcedure`, `UnknownCalendar`."""
        data = registration.data
        version = str(data["calendar_version"])
        if version not in self._calendars:
            raise UnknownCalendar(f"no calendar '{version}'")
        procedure = self.procedures.get(str(data["procedure"]), str(data["procedure_version"]))
        return Pinned(procedure=procedure, calendar=self._calendars[version])
