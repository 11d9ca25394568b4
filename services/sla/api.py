"""GET /clocks/{complaint}: every open clock, its remaining time, why, and what comes next.

Read from the stream by the same functions that the watchdog uses, so what is shown is what it will
do.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from libs.access.identity import Subject
from libs.access.policy import Policy
from libs.casework.folding import KnownCase
from libs.casework.identifiers import is_complaint
from libs.casework.storetime import StoreTime
from libs.events.postgres.database import Database
from libs.procedures.clocks import ClockView
from libs.serving.identification import Bearer
from libs.serving.problems import Problem
from services.sla.folding import CaseFolder
from services.sla.sql import SQL

_write = msgspec.json.Encoder().encode


class ClockReader:
    """Reads a complaint's clocks for one who may see the complaint."""

    def __init__(self, database: Database, folder: CaseFolder, policy: Policy) -> None:
        self._database, self._folder, self._policy = database, folder, policy

    def read(self, complaint: str, subject: Subject) -> dict[str, Any]:
        """The open clocks at this moment. Raises Problem `absent`, whether unknown or unseen."""
        if not is_complaint(complaint):
            raise Problem("absent")
        with self._database.transaction() as cursor:
            cursor.execute(SQL["now"])
            row = cursor.fetchone()
            known = self._folder.current(cursor, [complaint])[complaint]
        assert row is not None
        if not isinstance(known, KnownCase):
            raise Problem("absent")
        if not self._policy.decide(subject, known.involvement).allowed:
            raise Problem("absent")
        return _shown(complaint, known, row[0])


def clock_routes(reader: ClockReader, bearer: Bearer, time: StoreTime) -> APIRouter:
    """The route; it needs a bearer token. A store that was emptied is noticed before it is read."""
    router = APIRouter()

    @router.get(
        "/clocks/{complaint}",
        summary="投诉的在途时限 · Open clocks of a complaint",
        openapi_extra={"security": [{"bearer": []}]},
    )
    async def clocks(complaint: str, request: Request) -> Response:
        subject = bearer(request)
        await time.make_sure()
        shown = await asyncio.to_thread(reader.read, complaint, subject)
        return Response(_write(shown), media_type="application/json")

    return router


def _shown(complaint: str, known: KnownCase, now: datetime) -> dict[str, Any]:
    book = known.case.clocks
    views = book.views(now) if book is not None else ()
    return {
        "complaint": complaint,
        "number": known.case.number,
        "version": known.version,
        "as_of": now,
        "clocks": [_clock(view, now) for view in views if _is_open(view)],
    }


def _is_open(view: ClockView) -> bool:
    """Still running, be it late, or with a rung that the watchdog will yet record."""
    return view.ended_at is None or view.next_rung_at is not None


def _clock(view: ClockView, now: datetime) -> dict[str, Any]:
    return {
        "clock": view.clock,
        "title": view.title,
        "order": view.order,
        "run": view.run,
        "state": view.state,
        "started_at": view.started_at,
        "due_at": view.due_at,
        "remaining_s": int((view.due_at - now).total_seconds()),
        "warn_at": view.warn_at,
        "next_rung_at": view.next_rung_at,
        "warned": view.warned,
        "missed": view.missed,
        "soft": view.soft,
        "provisional": view.provisional,
        "explanation": view.explanation,
    }
