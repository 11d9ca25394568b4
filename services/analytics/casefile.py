"""A case as JSON: its whole timeline, every clock with the explanation of its due time."""

from __future__ import annotations

from typing import Any

import msgspec

from libs.casework.bodies import acting
from libs.casework.identifiers import complaint_of
from libs.casework.reading import Entry
from libs.complaints.repeats import link_of
from libs.procedures.clocks.explanation import ClockView
from libs.procedures.orders import Order
from services.analytics.facts import clocks_of, is_late_entry
from services.analytics.reading import ReadCase

Json = dict[str, Any]


def case_json(read: ReadCase) -> Json:
    """Everything of a case that its reader may see; times are ISO 8601 in UTC."""
    known, case = read.known, read.known.case
    procedure = known.pinned.procedure
    views = clocks_of(known).views(read.seen_at)
    sealed = {name for entry in read.entries for name in entry.body.sealed}
    return {
        "present": msgspec.to_builtins(read.present),
        "past": _past(read),
        "complaint": complaint_of(known.stream),
        "stream": known.stream,
        "number": case.number,
        "status": case.status,
        "version": known.version,
        "unit": known.registered_by,
        "registered_at": msgspec.to_builtins(read.entries[0].stored.happened_at),
        "timezone": procedure.timezone,
        "procedure": {
            "id": procedure.id,
            "version": procedure.version,
            "titles": msgspec.to_builtins(procedure.title),
        },
        "calendar_version": known.pinned.calendar_version,
        "attributes": {
            name: msgspec.to_builtins(value)
            for name, value in case.attributes.items()
            if name not in sealed
        },
        "clock_titles": {clock.id: clock.title for clock in procedure.clocks if clock.title},
        "orders": [_order(read, order) for order in case.orders],
        "clocks": [_clock(read, view) for view in views],
        "repeat_of": _repeat_of(read),
        "late_entries": sum(is_late_entry(entry.fact) for entry in read.entries),
        "withheld": read.withheld,
        "events": [_event(read, entry) for entry in read.entries],
    }


def _past(read: ReadCase) -> Json | None:
    if read.past is None:
        return None
    return {**msgspec.to_builtins(read.past), "unseen": read.unseen}


def _repeat_of(read: ReadCase) -> Json | None:
    """The earlier complaint that the case is linked to; its name may be sealed, or not given."""
    link = link_of(read.known.case)
    if link is None:
        return None
    sealed = read.texts.get(link.version, {}).get("earlier")
    return {"earlier": link.data.get("earlier") or sealed, "version": link.version}


def _event(read: ReadCase, entry: Entry) -> Json:
    event, body = entry.stored, entry.body
    header = msgspec.json.decode(event.header)
    opened = read.texts.get(event.version, {})
    return {
        "version": event.version,
        "type": event.type,
        "schema": event.schema,
        "happened_at": header["happened_at"],
        "recorded_at": header["recorded_at"],
        "actor": msgspec.to_builtins(acting(event, body)),
        "imported": msgspec.to_builtins(body.imported),
        "service": event.service,
        "number": event.number,
        "order": body.order,
        "to": list(body.to),
        "data": body.data,
        "texts": {name: opened.get(name) for name in body.sealed},
        "hash": event.hash.hex(),
        "prev": header["prev"],
    }


def _order(read: ReadCase, order: Order) -> Json:
    history = read.known.case.history
    mine = {
        kind: [fact.recorded_at for fact in history.get(kind, ()) if fact.order == order.id]
        for kind in ("OrderReceived", "OrderForwarded")
    }
    received = mine["OrderReceived"]
    ended = {order.state: order.ended_at}
    content: Json = msgspec.to_builtins(
        {
            "order": order.id,
            "kind": order.kind,
            "of": order.of,
            "state": "received" if order.state == "open" and order.received else order.state,
            "issuer": order.issuer,
            "holder": order.holder,
            "path": order.path,
            "issued_at": order.issued_at,
            "received_at": received[-1] if received else None,
            "fed_back_at": ended.get("fed_back"),
            "returned_at": ended.get("returned"),
            "forwards": len(mine["OrderForwarded"]),
        }
    )
    return content


def _clock(read: ReadCase, view: ClockView) -> Json:
    declared = read.known.pinned.procedure.clocks_by_id[view.clock]
    fields = (
        "clock", "order", "run", "state", "started_at", "due_at", "first_due_at", "warn_at",
        "next_rung_at", "paused_at", "ended_at", "claimed_at", "warned", "missed", "soft",
        "defaulted", "provisional", "title", "explanation",
    )  # fmt: skip
    shown = {name: getattr(view, name) for name in fields}
    shown |= {"source": declared.source, "quote": declared.quote, "reading": declared.reading}
    content: Json = msgspec.to_builtins(shown)
    return content
