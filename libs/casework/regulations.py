"""Procedures and calendars of an installation, found as a complaint's first event pins them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import yaml

from libs.casework.bodies import EventBody
from libs.procedures.calendar import Calendar, load_calendar, load_calendars
from libs.procedures.calendar.files import parse_calendar
from libs.procedures.schema import Procedure, ProcedureBook, UnknownProcedure
from libs.procedures.schema.loading import parse_procedure

CALENDARS = "calendars"
PROCEDURE, CALENDAR = "procedure", "calendar"

Archive = Callable[[str, str, str], bytes | None]
"""Finds the bytes of an earlier version: kind, id, version."""


class UnknownCalendar(LookupError):
    """A complaint pins a calendar that this installation no longer has."""


class Pinned(msgspec.Struct, frozen=True, kw_only=True):
    """What one complaint is judged by, for ever (or until a recorded re-pin)."""

    procedure: Procedure
    calendar: Calendar


class Regulations:
    """The procedure files of `folder` and the calendars of its `calendars`; read once.

    Versions that are no longer among the files are asked of the `archive`, once each.
    """

    def __init__(self, folder: Path, archive: Archive | None = None) -> None:
        self.procedures = ProcedureBook(folder)
        self._calendars = load_calendars(folder / CALENDARS)
        self._current = next(reversed(self._calendars.values()))
        self._archive = archive
        self._earlier: dict[tuple[str, str], Procedure] = {}

    def current(self, procedure: str) -> Pinned:
        """Return the newest version of a procedure, for a new complaint.

        Raises `UnknownProcedure`.
        """
        return Pinned(procedure=self.procedures.get(procedure), calendar=self._current)

    def pinned(self, registration: EventBody) -> Pinned:
        """Return what a registration's body pins. Raises `UnknownProcedure`, `UnknownCalendar`."""
        data = registration.data
        return Pinned(
            procedure=self.procedure(str(data["procedure"]), str(data["procedure_version"])),
            calendar=self._calendar(str(data["calendar_version"])),
        )

    def procedure(self, id: str, version: str) -> Procedure:  # noqa: A002 - the field's name
        """Return a procedure in the version asked for. Raises `UnknownProcedure`."""
        if (known := self._earlier.get((id, version))) is not None:
            return known
        try:
            return self.procedures.get(id, version)
        except UnknownProcedure:
            content = self._archive(PROCEDURE, id, version) if self._archive else None
            if content is None:
                raise
        earlier = self._earlier[id, version] = parse_procedure(content, f"{id} {version}")
        return earlier

    def _calendar(self, version: str) -> Calendar:
        known = self._calendars.get(version)
        if known is None:
            content = self._archive(CALENDAR, version, version) if self._archive else None
            if content is None:
                raise UnknownCalendar(f"no calendar '{version}'")
            known = self._calendars[version] = parse_calendar(yaml.safe_load(content))
        return known


def documents(folder: Path) -> Iterator[tuple[str, str, str, bytes]]:
    """Kind, id, version and bytes of every procedure and calendar file of a folder."""
    for path in sorted(folder.glob("*.yaml")):
        content = path.read_bytes()
        procedure = parse_procedure(content, path.name)
        yield PROCEDURE, procedure.id, procedure.version, content
    for path in sorted((folder / CALENDARS).glob("*.yaml")):
        version = load_calendar(path).version
        yield CALENDAR, version, version, path.read_bytes()
