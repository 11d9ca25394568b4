"""Procedures and calendars of an installation, found as a complaint's first event pins them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from libs.casework.bodies import EventBody
from libs.events.postgres.documents import Document, Documents
from libs.procedures.calendar import (
    Calendar,
    calendar_document,
    load_calendars,
    read_calendar,
)
from libs.procedures.schema import Procedure, ProcedureBook, UnknownProcedure
from libs.procedures.schema.loading import parse_procedure

CALENDARS = "calendars"
PROCEDURE, CALENDAR = "procedure", "calendar"


class UnknownCalendar(LookupError):
    """A complaint pins a calendar that this installation no longer has."""


class Pinned(msgspec.Struct, frozen=True, kw_only=True):
    """What one complaint is judged by, for ever (or until a recorded re-pin).

    `calendar_version`: the published version that it pinned last; `calendar` may still have days of
    an earlier one, which were settled then.
    """

    procedure: Procedure
    calendar: Calendar
    calendar_version: str


class Regulations:
    """The procedure files of `folder` and the calendars of its `calendars`, read once; and what
    has been published since in the store whose `documents` are given.

    What was published last holds for new complaints; without a store, what the folder holds. A
    version no longer among the files is read from the store, once. Safe to share by threads.
    """

    def __init__(self, folder: Path, documents: Documents | None = None) -> None:
        self._book = ProcedureBook(folder)
        self._documents = documents
        self._generation = 0
        self._calendars = load_calendars(folder / CALENDARS)
        self._calendar = next(reversed(self._calendars.values()))
        self._settled: dict[tuple[str, str], Calendar] = {}
        self._in_force: dict[str, Procedure] = {}
        self._earlier: dict[tuple[str, str], Procedure] = {}

    @property
    def calendar(self) -> Calendar:
        """The calendar that new complaints pin."""
        return self._calendar

    @property
    def procedures(self) -> tuple[Procedure, ...]:
        """Every procedure that a new complaint may follow, in the version in force."""
        ids = dict.fromkeys((*self._book.ids, *self._in_force))
        return tuple(self.current(id_).procedure for id_ in ids)

    def refresh(self) -> bool:
        """Take up what has been published since the last time; whether there was anything.

        Called first by `following`: until then what the folder holds is in force.

        Costs a count of a few rows when there is nothing. Raises what the store raises, and what
        a document that this program cannot read raises; then all stays as it was.
        """
        if self._documents is None:
            return False
        generation = self._documents.generation()
        if generation == self._generation:
            return False
        in_force: dict[str, Procedure] = {}
        calendar = self._calendar
        for kind, id_, version in self._documents.in_force():
            if kind == PROCEDURE:
                in_force[id_] = self.procedure(id_, version)
            else:
                calendar = self.calendar_of(version)
        # Each name is set at once: a reader in another thread sees all of the old or of the new.
        self._in_force, self._calendar, self._generation = in_force, calendar, generation
        return True

    def try_out(self, calendar: Calendar) -> None:
        """Have a calendar in force in this process only, to see what publishing it would do."""
        self._calendars[calendar.version] = self._calendar = calendar

    def current(self, procedure: str) -> Pinned:
        """Return the version of a procedure that is in force, for a new complaint.

        Raises `UnknownProcedure`.
        """
        published = self._in_force.get(procedure)
        calendar = self._calendar
        return Pinned(
            procedure=published or self._book.get(procedure),
            calendar=calendar,
            calendar_version=calendar.version,
        )

    def pinned(self, registration: EventBody) -> Pinned:
        """Return what a registration's body pins. Raises `UnknownProcedure`, `UnknownCalendar`."""
        data = registration.data
        version = str(data["calendar_version"])
        return Pinned(
            procedure=self.procedure(str(data["procedure"]), str(data["procedure_version"])),
            calendar=self.calendar_of(version),
            calendar_version=version,
        )

    def repinned(self, pinned: Pinned, version: str) -> Pinned:
        """Return what is pinned once the days provisional until now are settled by the calendar of
        this version. Raises `UnknownCalendar`.
        """
        key = (pinned.calendar.version, version)
        settled = self._settled.get(key)
        if settled is None:
            settled = self._settled[key] = pinned.calendar.settled_by(self.calendar_of(version))
        return Pinned(procedure=pinned.procedure, calendar=settled, calendar_version=version)

    def procedure(self, id: str, version: str) -> Procedure:  # noqa: A002 - the field's name
        """Return a procedure in the version asked for. Raises `UnknownProcedure`."""
        if (known := self._earlier.get((id, version))) is not None:
            return known
        try:
            return self._book.get(id, version)
        except UnknownProcedure:
            content = self._documents.content(PROCEDURE, id, version) if self._documents else None
            if content is None:
                raise
        earlier = self._earlier[id, version] = parse_procedure(
            content, f"{id} {version}", in_force_once=True
        )
        return earlier

    def calendar_of(self, version: str) -> Calendar:
        """Return the calendar of this version. Raises `UnknownCalendar`."""
        known = self._calendars.get(version)
        if known is None:
            name = version.rpartition("-")[0]
            content = self._documents.content(CALENDAR, name, version) if self._documents else None
            if content is None:
                raise UnknownCalendar(f"no calendar '{version}'")
            known = self._calendars[version] = read_calendar(content, version)
        return known


def documents(folder: Path) -> Iterator[Document]:
    """Every procedure and calendar file of a folder, byte for byte."""
    for path in sorted(folder.glob("*.yaml")):
        content = path.read_bytes()
        procedure = parse_procedure(content, path.name)
        yield Document(kind=PROCEDURE, id=procedure.id, version=procedure.version, content=content)
    for path in sorted((folder / CALENDARS).glob("*.yaml")):
        yield as_calendar(calendar_document(path), path.name)


def as_calendar(content: bytes, name: str) -> Document:
    """A calendar's document by its content; `name` is used in errors. Raises `ProcedureError`."""
    calendar = read_calendar(content, name)
    return Document(
        kind=CALENDAR,
        id=calendar.name,
        version=calendar.version,
        content=content,
        by_meaning=True,
    )
