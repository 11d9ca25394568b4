"""Reading the work list page by page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from libs.casework.identifiers import complaint_of
from libs.events.past import Past
from libs.events.postgres.database import Cursor
from services.dispatch.rows import NEVER, OpenClock, WorkRow

LIST = (Path(__file__).parent / "sql" / "list_work.sql").read_text(encoding="utf-8")
COLUMNS = WorkRow.__struct_fields__


class BadCursor(ValueError):
    """A cursor that no page of this list gave out."""


class Place(msgspec.Struct, frozen=True, array_like=True, order=True):
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

    `position`: the feed position up to which the list is complete at least. `as_of`: the time by
    which remaining times are reckoned: the store's, or the instant of `past` that was asked for.
    """

    items: tuple[ShownWork, ...]
    next: str | None
    position: int
    as_of: datetime
    past: Past | None


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


def rows_after(
    cursor: Cursor, unit: str, place: Place, *, limit: int, unchanged_since: datetime | None = None
) -> list[WorkRow]:
    """Return the rows of `unit` and those below it after `place`, in their order, `limit` at most.

    `unchanged_since`: only those whose complaint has had no event since. Blocks.
    """
    asked = {"unit": unit, "limit": limit, "unchanged_since": unchanged_since}
    cursor.execute(LIST, {**msgspec.structs.asdict(place), **asked})
    found = cursor.fetchall()
    return [msgspec.convert(dict(zip(COLUMNS, row, strict=True)), WorkRow) for row in found]


def page_of(
    rows: Sequence[WorkRow], limit: int, *, now: datetime, position: int, past: Past | None = None
) -> Page:
    """Return the page of `limit` rows; one row more says that there is another page."""
    at = now if past is None else past.at
    return Page(
        items=tuple(_shown(row, at) for row in rows[:limit]),
        next=_cursor(rows[limit - 1]) if len(rows) > limit else None,
        position=position,
        as_of=at,
        past=past,
    )


def place_of(row: WorkRow) -> Place:
    """Return the row's place in the order of the list."""
    return Place(row.priority, row.due_at, row.registered_at, row.stream, row.order_id)


def _cursor(row: WorkRow) -> str:
    place = place_of(row)
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
