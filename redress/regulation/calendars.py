"""A calendar file before and while it is put in force: what it changes, and whom it touches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec

from libs.casework.publishing import publish as put_in_force
from libs.casework.registry import REGISTRY
from libs.casework.regulations import CALENDAR, CALENDARS, Regulations, as_calendar
from libs.events.postgres.database import Database
from libs.events.postgres.documents import Document, Documents
from libs.events.postgres.store import EventStore
from libs.procedures.calendar import (
    Calendar,
    DayKind,
    calendar_document,
    read_calendar,
    with_part,
)
from libs.procedures.yaml_reading import read_raw
from redress.failures import CommandError
from redress.home import Home
from redress.local.postgres import PostgresError
from redress.regulation.publishing import OPERATOR, Published
from redress.regulation.touched import touched_by


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A day that is another kind of day than before; `province` is empty for the whole country."""

    province: str
    date: date
    before: DayKind
    after: DayKind


class Prospect(msgspec.Struct, frozen=True, kw_only=True):
    """What putting a calendar in force does.

    `settled_until`: the last day that is settled. `touched`: how many running complaints get an
    event; None where no database runs.
    """

    id: str
    version: str
    before: str
    settled_until: date
    changes: tuple[Change, ...]
    touched: int | None


def in_force(home: Home) -> tuple[Calendar, bytes]:
    """The calendar in force and its document: the database's, or the folder's before that runs."""
    kept = _kept(home)
    if kept is not None:
        return read_calendar(kept, "the calendar in force"), kept
    folder = home.procedures / CALENDARS
    for path in sorted(folder.glob("*.yaml"), reverse=True):
        document = calendar_document(path)
        return read_calendar(document, path.name), document
    raise CommandError(f"no calendar in {folder}")


def prospect(home: Home, path: Path) -> tuple[Prospect, Document]:
    """What this file would change, and the document it makes with what is in force.

    Raises `ProcedureError` for a faulty file, `CommandError` for one that would take back what is
    announced.
    """
    before, document = in_force(home)
    new = as_calendar(with_part(document, read_raw(path), path.name), path.name)
    after = read_calendar(new.content, path.name)
    _check_keeps(before, after, path)
    found = Prospect(
        id=new.id,
        version=new.version,
        before=before.version,
        settled_until=after.known_until,
        changes=tuple(_changes(before, after)),
        touched=_touched(home, after),
    )
    return found, new


def publish(home: Home, path: Path) -> tuple[Published, Prospect]:
    """Check a file and put it in force. Running services take it up by themselves. Repeatable."""
    found, document = prospect(home, path)
    new = put_in_force(home.owner_url(), document, OPERATOR)
    published = Published(id=found.id, version=found.version, before=found.before, new=new)
    return published, found


def _address(home: Home) -> str | None:
    """The database's address; None where the embedded one does not run."""
    try:
        return home.owner_url()
    except PostgresError:
        return None


def _kept(home: Home) -> bytes | None:
    address = _address(home)
    if address is None:
        return None
    database = Database(address, application_name="redress-calendar", max_connections=1)
    try:
        documents = Documents(database)
        last = [(id_, version) for kind, id_, version in documents.in_force() if kind == CALENDAR]
        return documents.content(CALENDAR, *last[-1]) if last else None
    finally:
        database.close()


def _check_keeps(before: Calendar, after: Calendar, path: Path) -> None:
    for province in ("", *before.provinces):
        known = before.of(province).known_until
        if after.of(province).known_until < known:
            where = f" in {province}" if province else ""
            raise CommandError(f"{path}: {known.year}{where} is announced and would be forgotten")


def _changes(before: Calendar, after: Calendar) -> Iterator[Change]:
    """Days of another kind in announced years; in a province, those that differ there only."""
    country: set[tuple[date, DayKind, DayKind]] = set()
    for province in ("", *sorted({**before.provinces, **after.provinces})):
        old, new = before.of(province), after.of(province)
        for year in range(after.known_from.year, after.known_until.year + 1):
            for was, now in zip(old.days_of(year), new.days_of(year), strict=True):
                change = (now.date, was.kind, now.kind)
                if was.kind == now.kind or change in country:
                    continue
                if not province:
                    country.add(change)
                yield Change(province=province, date=now.date, before=was.kind, after=now.kind)


def _touched(home: Home, after: Calendar) -> int | None:
    address = _address(home)
    if address is None:
        return None
    database = Database(address, application_name="redress-calendar", max_connections=2)
    try:
        regulations = Regulations(home.procedures, Documents(database))
        regulations.try_out(after)
        store = EventStore(database, service="sla", registry=REGISTRY)
        return sum(1 for _ in touched_by(database, store, regulations))
    finally:
        database.close()
