"""Repeats over HTTP: looked up before a registration, told with its answer, asked of a case."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.casework.commanding import Asked, Done
from libs.casework.identifiers import is_complaint
from libs.procedures.schema import Procedure, UnknownProcedure
from libs.serving.bodies import read_object
from libs.serving.logs import logger
from libs.serving.problems import FieldFault, Problem, bad_fields
from libs.steps.desk import Desk
from libs.steps.schemas import COMPLAINT
from services.intake.repeats import Candidate, RepeatFinder
from services.intake.searching import FIELD

log = logger(__name__)

_CANDIDATES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "可能重复的投诉 · earlier complaints of the same customer",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["repeats"],
                    "properties": {"repeats": {"type": "array", "items": {"type": "object"}}},
                }
            }
        },
    }
}
_ASKED: dict[str, Any] = {
    "security": [{"bearer": []}],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["procedure", "with"],
                    "properties": {
                        "procedure": {"type": "string", "examples": ["telecom-complaint"]},
                        "with": {
                            "type": "object",
                            "required": [FIELD],
                            "properties": {FIELD: {"type": "string", "maxLength": 20_000}},
                        },
                    },
                }
            }
        },
    },
}


def repeat_routes(desk: Desk, finder: Callable[[], RepeatFinder]) -> APIRouter:
    """Return the routes that look for earlier complaints."""
    router = APIRouter(tags=["intake"])

    # Not a GET: what a customer is reached by must not stand in an address, for those are logged.
    @router.post(
        "/repeats",
        summary="查找重复投诉 · Earlier complaints of the same customer",
        response_model=None,
        responses=_CANDIDATES,
        openapi_extra=_ASKED,
    )
    async def look_up(request: Request) -> Response:
        """Before a registration, with what it would say: `{"procedure": id, "with": {...}}`."""
        subject = desk.bearer(request)
        body = await read_object(request)
        told = _told(body)
        procedure = _procedure(desk, body.get("procedure"))
        contact = told.get(FIELD)
        if not isinstance(contact, str):
            raise bad_fields([FieldFault(field=f"with.{FIELD}", code="not-string")])
        return _json(await asyncio.to_thread(finder().like, contact, told, procedure, subject))

    @router.get(
        "/complaints/{complaint}/repeats",
        summary="可能重复的投诉 · Earlier complaints of its customer",
        response_model=None,
        responses=_CANDIDATES,
        openapi_extra={
            "security": [{"bearer": []}],
            "parameters": [
                {"name": "complaint", "in": "path", "required": True, "schema": COMPLAINT}
            ],
        },
    )
    def repeats_of(request: Request) -> Response:
        """Those of the same customer within the procedure's window, the same matter first."""
        subject, complaint = desk.bearer(request), request.path_params["complaint"]
        found = finder().of(complaint, subject) if is_complaint(complaint) else None
        if found is None:
            raise Problem("absent")
        return _json(found)

    return router


async def proposed(
    desk: Desk, finder: RepeatFinder, asked: Asked, done: Done
) -> Mapping[str, object]:
    """What a registration's answer says of earlier complaints; nothing where none was looked for.

    Never fails: the registration is stored by now, and is answered as such.
    """
    told = asked.body.get("with")
    contact = told.get(FIELD) if isinstance(told, dict) else None
    if asked.procedure is None or not isinstance(told, dict) or not isinstance(contact, str):
        return {}
    procedure = desk.regulations.current(asked.procedure).procedure

    def look() -> list[Candidate]:
        return finder.like(contact, told, procedure, asked.subject, but=done.complaint)

    try:
        found = await asyncio.to_thread(look)
    except Exception as error:  # noqa: BLE001 - advice that is missing must not undo what is stored
        log.warning("repeats_not_looked_up", error=type(error).__name__)
        return {}
    return {"repeats": [msgspec.structs.asdict(each) for each in found]}


def _told(body: Mapping[str, object]) -> dict[str, object]:
    told = body.get("with")
    if not isinstance(told, dict):
        raise bad_fields([FieldFault(field="with", code="not-object")])
    return told


def _procedure(desk: Desk, named: object) -> Procedure:
    if not isinstance(named, str):
        raise bad_fields([FieldFault(field="procedure", code="not-string")])
    try:
        return desk.regulations.current(named).procedure
    except UnknownProcedure:
        raise bad_fields([FieldFault(field="procedure", code="no-such-procedure")]) from None


def _json(found: list[Candidate]) -> Response:
    return Response(msgspec.json.encode({"repeats": found}), media_type="application/json")
