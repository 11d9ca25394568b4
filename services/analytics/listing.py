"""Pages of complaints and on-time closure by dimension, as their visitors may see them."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any

import msgspec

from libs.access.identity import Subject
from libs.access.policy import Involvement, Policy
from libs.casework.identifiers import is_complaint
from libs.casework.regulations import Regulations
from libs.events.past import Past
from libs.serving.parameters import within_reason
from services.analytics.access import reach_of
from services.analytics.figures import Figures, Page, Row, Window
from services.analytics.shapes import clock_title, ratio_of

Json = dict[str, Any]
_SHOWN = (
    "complaint", "number", "status", "tier", "unit", "province", "holders", "channel", "level",
    "category", "customer_tier", "registered_at", "closed_at", "missed", "standing",
)  # fmt: skip
_RATIOS = {
    "without_extensions": "",
    "with_extensions": "extended_",
}


class BadCursor(ValueError):
    """A cursor that no page of this list gave out."""


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ends: the sort key of its last row."""

    registered_at: datetime
    complaint: str


def read_place(cursor: str | None) -> tuple[datetime, str] | None:
    """The place a cursor names; None for the beginning. Raises `BadCursor`."""
    if cursor is None:
        return None
    try:
        content = base64.urlsafe_b64decode(cursor.encode("ascii") + b"==")
        place = msgspec.json.decode(content, type=Place)
    except (UnicodeEncodeError, binascii.Error, msgspec.MsgspecError, ValueError):
        raise BadCursor from None
    if not within_reason(place.registered_at) or not is_complaint(place.complaint):
        raise BadCursor
    return place.registered_at, place.complaint


class Listing:
    """Lists for one visitor. Blocks."""

    def __init__(self, figures: Figures, regulations: Regulations, policy: Policy) -> None:
        self._figures, self._regulations, self._policy = figures, regulations, policy

    def cases(
        self,
        subject: Subject,
        filters: dict[str, str | None],
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> Json:
        """A page of complaints, newest first; `next` is the cursor of the page after it."""
        reach = reach_of(self._policy, subject)
        page = Page(filters=filters, after=after, limit=limit + 1)
        rows = self._figures.cases(reach, page)
        more, rows = len(rows) > limit, rows[:limit]
        last = Place(rows[-1]["registered_at"], rows[-1]["complaint"]) if more else None
        return {
            "present": msgspec.to_builtins(self._figures.present()),
            "items": [self._case(row) for row in rows if self._sees(subject, row)],
            "next": _cursor(last) if last else None,
        }

    def on_time(self, subject: Subject, window: Window, past: Past | None = None) -> Json:
        """On-time closure by one dimension, each figure with numerator and denominator.

        Raises `TooMany`.
        """
        rows = [
            row
            for row in self._figures.on_time(window, past)
            if self._policy.may_list(subject, row["province"])
        ]
        keys = sorted({row["key"] for row in rows}, key=lambda key: (key is None, key or ""))
        return {
            "present": msgspec.to_builtins(self._figures.present()),
            "past": msgspec.to_builtins(past),
            "by": window.by,
            "rows": [_ratios(key, [row for row in rows if row["key"] == key]) for key in keys],
            "total": _ratios(None, rows),
        }

    def _case(self, row: Row) -> Json:
        content: Json = msgspec.to_builtins({name: row[name] for name in _SHOWN})
        if row["clock"] is not None:
            names = ("clock", "order", "due_at", "warn_at")
            content["next"] = {
                **msgspec.to_builtins({name: row[name] for name in names}),
                "title": clock_title(self._regulations, row),
            }
        else:
            content["next"] = None
        return content

    def _sees(self, subject: Subject, row: Row) -> bool:
        involvement = Involvement(
            registered_by=row["unit"], units=frozenset(row["units"]), tier=row["tier"]
        )
        return self._policy.decide(subject, involvement).allowed


def _cursor(place: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def _ratios(key: str | None, rows: list[Row]) -> Json:
    return {
        "key": key,
        **{name: ratio_of(rows, prefix) for name, prefix in _RATIOS.items()},
    }
