"""Routes that turn requests into steps: POST /complaints and /complaints/{complaint}/{action}."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.access.identity import Subject
from libs.casework.commanding import Asked
from libs.metrics import COMMANDS, children
from libs.procedures.catalogue import ACTIONS, Action
from libs.serving.bodies import Json, read_object
from libs.serving.headers import headers_of, idempotency_key, version_seen
from libs.serving.problems import FieldFault, bad_fields
from libs.steps.answers import Beside, answer
from libs.steps.defaults import Defaults
from libs.steps.desk import Desk
from libs.steps.schemas import documentation

REGISTER = "register"
# Those that are counted from the start; every other end of a step begins with its first one.
OUTCOMES = ("done", "repeated", "refused")
Endpoint = Callable[[Request], Awaitable[Response]]


def step_routes(
    desk: Desk, defaults: Defaults | None = None, beside: Beside | None = None
) -> APIRouter:
    """Return a route for every action that the desk's service owns, documented by the procedures.

    `defaults` choose the procedure of a registration that names none; `beside` says what else is
    told with a registration's answer.
    """
    router = APIRouter()
    for action in ACTIONS.values():
        if action.service == desk.service:
            children(COMMANDS, [desk.service], [action.name], OUTCOMES)
            path = "/complaints" if action.name == REGISTER else _path(action)
            router.add_api_route(
                path,
                _endpoint(desk, action, defaults, beside if action.name == REGISTER else None),
                methods=["POST"],
                response_model=None,
                **documentation(action, desk.regulations.procedures),
            )
    return router


def _path(action: Action) -> str:
    return "/complaints/{complaint}/" + action.name.replace("_", "-")


def _endpoint(
    desk: Desk, action: Action, defaults: Defaults | None, beside: Beside | None
) -> Endpoint:
    async def take_step(request: Request) -> Response:
        # Who asks is settled before anything of the request is read.
        headers = headers_of(request.scope)
        subject = desk.bearer.subject(headers)
        await desk.limit.admit(subject.staff)
        command_id, seen = idempotency_key(headers), version_seen(headers)
        body = await read_object(request, headers)
        complaint = request.path_params.get("complaint")
        asked = Asked(
            command_id=command_id,
            command_hash=_hash(action, complaint, subject, body),
            action=action,
            subject=subject,
            body=body,
            complaint=complaint,
            procedure=_procedure(action, body, subject, defaults),
            version_seen=seen,
            correlation_id=request.scope["state"]["correlation_id"],
        )
        response = await answer(desk.service, asked, desk.office.handler.handle(asked), beside)
        desk.signals.ring("appended")
        return response

    return take_step


def _procedure(
    action: Action, body: dict[str, Json], subject: Subject, defaults: Defaults | None
) -> str | None:
    if action.name != REGISTER:
        return None
    named = body.get("procedure")
    if named is None and defaults is not None and "procedure" not in body:
        told = body.get("with")
        tier = told.get("tier") if isinstance(told, dict) else None
        named = defaults.choose(subject.unit, tier)
    if not isinstance(named, str):
        raise bad_fields([FieldFault(field="procedure", code="not-string")])
    return named


def _hash(action: Action, complaint: str | None, subject: Subject, body: dict[str, Json]) -> bytes:
    """Everything that makes two requests the same command; key order and spacing do not count."""
    who = [subject.staff, subject.role, subject.unit, subject.post]
    content = orjson.dumps([action.name, complaint, who, body], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).digest()
