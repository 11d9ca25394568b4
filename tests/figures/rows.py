"""Complaints told in compact rows, one line each, made into folded cases.

A row names the moments of a complaint's life and what was found at each. It is laid down as events,
as an import would, not judged: what is looked at here is how figures count it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from libs.complaints.state import Case, fold
from libs.procedures.calendar import Calendar
from libs.procedures.facts import Fact, Value
from libs.procedures.schema import Procedure

Row = Mapping[str, Any]
ZONE = ZoneInfo("Asia/Shanghai")
_CALLED = {"tier": "customer_tier"}
_ATTRIBUTES = (
    "level", "tier", "channel", "business", "category", "brand", "bad_form", "group",
    "regulator_due", "source",
)  # fmt: skip


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One event as a row tells it; `side` and `to` are units."""

    at: datetime
    type: str
    side: str
    to: str | None = None
    order: str | None = None
    data: dict[str, Value] = {}


class Sides(msgspec.Struct, frozen=True):
    """Who dispatches, and to whom, in a procedure whose rows do not say it."""

    issuer: str
    holder: str


SIDES = {
    "telecom-complaint": Sides("henan/centre", "henan/network"),
    "telecom-escalated": Sides("national/centre", "henan/centre"),
    "telecom-appeal": Sides("national", "henan/centre"),
}


def local(text: str) -> datetime:
    """A time of a row: Shanghai's, to the minute."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE).astimezone(UTC)


def case_of(row: Row, procedure: Procedure, calendar: Calendar, as_of: datetime) -> Case:
    """The complaint of a row as recorded by `as_of`."""
    told = sorted(_told(row, SIDES[procedure.id], procedure), key=lambda each: each.at)
    known = [each for each in told if each.at <= as_of]
    return fold(
        (_fact(each, nth, procedure) for nth, each in enumerate(known, 1)), procedure, calendar
    )


def _told(row: Row, sides: Sides, procedure: Procedure) -> Iterator[Told]:
    registered = local(row["registered"])
    attributes = _attributes(row, procedure)
    yield Told(at=registered, type="ComplaintRegistered", side=sides.issuer, data=attributes)
    filled = local(row["filled"]) if row.get("filled") else registered
    yield Told(at=filled, type="ComplaintClassified", side=sides.issuer, data=attributes)
    yield from _orders(row, sides, registered)
    for key, kind, fields in (
        ("approved", "PlanApproved", ()),
        ("answered", "CustomerAnswered", ()),
        ("closed", "ComplaintClosed", ("outcome",)),
        ("revisit", "RevisitMade", ("reached", "satisfaction")),
    ):
        if row.get(key):
            data: dict[str, Value] = {f: row[f] for f in fields if row.get(f) is not None}
            yield Told(at=local(row[key]), type=kind, side=sides.issuer, data=data)
    yield from _promises(row, sides)
    yield from _to_the_regulator(row, sides)


def _attributes(row: Row, procedure: Procedure) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key in _ATTRIBUTES:
        name = _CALLED.get(key, key)
        if key == "group" and "business_group" in procedure.attributes:
            name = "business_group"
        if row.get(key) is not None and name in procedure.attributes:
            found[name] = local(row[key]) if key == "regulator_due" else row[key]
    if row.get("regulator_due"):
        found["source"] = "ministry-filed"
    return found


def _orders(row: Row, sides: Sides, registered: datetime) -> Iterator[Told]:
    spans = list(row.get("orders") or ())
    if row.get("issued"):
        spans = [(row["issued"], row["fed_back"])]
    if "branch_late" in row:
        hours = timedelta(hours=97 if row["branch_late"] else 48)
        back = (registered + hours).astimezone(ZONE)
        spans = [(row["registered"], f"{back:%Y-%m-%d %H:%M}")]
    for letter, (issued, ended, *returned) in zip("ABCDEF", spans, strict=False):
        yield from _order(letter, local(issued), local(ended), sides, row, returned=bool(returned))
    if row.get("redo"):
        received, fed_back = map(local, row["redo"])
        yield Told(at=received, type="PlanRefused", side=sides.issuer)
        redo = {"kind": "redo"}
        yield Told(at=received, type="OrderIssued", side=sides.issuer, to=sides.holder, order="R",
                   data=dict(redo))  # fmt: skip
        yield Told(at=received, type="OrderReceived", side=sides.holder, order="R")
        yield Told(at=fed_back, type="OrderFedBack", side=sides.holder, to=sides.issuer, order="R")


def _order(
    letter: str, issued: datetime, ended: datetime, sides: Sides, row: Row, *, returned: bool
) -> Iterator[Told]:
    yield Told(at=issued, type="OrderIssued", side=sides.issuer, to=sides.holder, order=letter,
               data={"kind": "main"})  # fmt: skip
    if row.get("received"):
        yield Told(at=local(row["received"]), type="OrderReceived", side=sides.holder, order=letter)
    end = "OrderReturned" if returned else "OrderFedBack"
    yield Told(at=ended, type=end, side=sides.holder, to=sides.issuer, order=letter)


def _promises(row: Row, sides: Sides) -> Iterator[Told]:
    if row.get("promised"):
        # Told to the customer while the complaint is being handled.
        data: dict[str, Value] = {"promised_at": local(row["promised"])}
        yield Told(at=local(row["registered"]), type="DetailsSupplemented", side=sides.issuer,
                   data=data)  # fmt: skip
    if row.get("re_promised"):
        data = {"new_due": local(row["re_promised"]), "clock": "revisit-escalated"}
        yield Told(at=local(row["approved"]), type="ExtensionGranted", side=sides.issuer, data=data)


def _to_the_regulator(row: Row, sides: Sides) -> Iterator[Told]:
    if not row.get("reported"):
        return
    reported = local(row["reported"])
    yield Told(at=reported, type="CaseReported", side=sides.issuer, to="regulator")
    concluded: dict[str, Value] = {"conclusion": row["conclusion"]}
    yield Told(at=reported, type="AppealConcluded", side=sides.issuer, data=concluded)
    closed: dict[str, Value] = {"outcome": row["outcome"]}
    yield Told(at=reported + timedelta(days=1), type="ComplaintClosed", side=sides.issuer,
               data=closed)  # fmt: skip


def _fact(told: Told, version: int, procedure: Procedure) -> Fact:
    directory = procedure.directory
    kind = directory.kind_of(told.to) if told.to else None
    return Fact(
        type=told.type,
        version=version,
        happened_at=told.at,
        recorded_at=told.at,
        staff="rows",
        role="centre",
        unit=told.side,
        unit_kind=directory.kind_of(told.side),
        order=told.order,
        to=(told.to,) if told.to else (),
        to_kinds=(kind,) if kind else (),
        data=told.data,
    )
