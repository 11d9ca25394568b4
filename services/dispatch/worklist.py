"""Reading the work list page by page."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from libs.casework.identifiers import complaint_of
from libs.events.postgres.database import Database
from services.dispatch.rows import NEVER, OpenClock, WorkRow

LIST = (Path(__file__).parent / "sql" / "list_work.sql").read_text(encoding="utf-8")
COLUMNS = WorkRow.__struct_fields__


class BadCursor(ValueError):
    """A cursor that no page of this list gave out."""


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ends: the sort key of its last row."""

    priority: str = ""
    due_at: datetime = datetime(1, 1, 2, tzinfo=UTC)
    registered_at: datetime = datetime(1, 1, 2, tzinfo=UTC)
    stream: str = ""
    order_id: str = ""


class ShownClock(msgspec.Struct, frozen=True, kw_only=True):
    """A running clock with the whole seconds that remain; negative when overdue."""

    clock: str
    run: int
    due_at: datetime
    warn_at: datetime | None
    remaining_s: int
    warned: bool
    missed: bool
    soft: bool
    provisional: bool


class ShownWork(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a work list; `order` is None for the complaint as a whole."""

    complaint: str
    order: str | None
    number: str | None
    unit: str
    kind: str
    status: str
    received: bool
    procedure: str
    level: str | None
    priority: str
    version: int
    due_at: datetime | None
    remaining_s: int | None
    registered_at: datetime
    changed_at: datetime
    clocks: tuple[ShownClock, ...]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page in the procedure's order of priority; `next` asks for the one after it, if any.

    `position`: the feed position up to which the list is complete at least. `as_of`: the store's
    time by which remaining times are reckoned.
    """

    items: tuple[ShownWork, ...]
    next: str | None
    position: int
    as_of: datetime


def read_place(cursor: str | None) -> Place:
    """Return the place a cursor names, or the beginning. Raises `BadCursor`."""
    if cursor is None:
        return Place()
    try:
        content = base64.urlsafe_b64decode(cursor.encode("ascii") + b"==")
        place = msgspec.json.decode(content, type=Place)
    except (UnicodeEncodeError, binascii.Error, msgspec.MsgspecError, ValueError):
        raise BadCursor from None
    texts = place.priority + place.stream + place.order_id
    if place.due_at.tzinfo is None or place.registered_at.tzinfo is None or "\0" in texts:
        raise BadCursor
    return place


def read_page(
    database: Database, unit: str, place: Place, *, limit: int, now: datetime, position: int
) -> Page:
    """Return the entries of `unit` and those below it after `place`, `limit` at most. Blocks."""
    values = {**msgspec.structs.asdict(place), "unit": unit, "limit": limit + 1}
    with database.transaction() as cursor:
        cursor.execute(LIST, values)
        found = cursor.fetchall()
    rows = [msgspec.convert(dict(zip(COLUMNS, row, strict=True)), WorkRow) for row in found]
    more = len(rows) > limit
    return Page(
        items=tuple(_shown(row, now) for row in rows[:limit]),
        next=_cursor(rows[limit - 1]) if more else None,
        position=position,
        as_of=now,
    )


def _cursor(row: WorkRow) -> str:
    place = Place(row.priority, row.due_at, row.registered_at, row.stream, row.order_id)
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def _shown(row: WorkRow, now: datetime) -> ShownWork:
    running = row.due_at < NEVER
    return ShownWork(
        complaint=complaint_of(row.stream),
        order=row.order_id or None,
        number=row.number,
        unit=row.unit,
        kind=row.kind,
        status=row.status,
        received=row.received,
        procedure=row.procedure,
        level=row.level,
        priority=row.priority,
        version=row.version,
        due_at=row.due_at if running else None,
        remaining_s=_remaining(row.due_at, now) if running else None,
        registered_at=row.registered_at,
        changed_at=row.changed_at,
        clocks=tuple(_shown_clock(clock, now) for clock in row.clocks),
    )


def _shown_clock(clock: OpenClock, now: datetime) -> ShownClock:
    return ShownClock(**msgspec.structs.asdict(clock), remaining_s=_remaining(clock.due_at, now))


def _remaining(due_at: datetime, now: datetime) -> int:
    return int((due_at - now).total_seconds() // 1)
