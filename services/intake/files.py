"""POST /complaints/{complaint}/files: a file of a complaint, for a step to name."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.access.identity import Subject
from libs.access.sealing import CaseKey
from libs.casework.filetypes import MEDIA_TYPES, is_of_type, type_of
from libs.procedures.catalogue import ACTIONS
from libs.serving.bodies import Limits, read_bytes
from libs.serving.documentation import problem_answer
from libs.serving.problems import FieldFault, Problem
from libs.steps.answers import problem_of
from libs.steps.desk import Desk
from libs.steps.schemas import COMPLAINT
from libs.steps.wording import KINDS

LIMITS = Limits(most_bytes=20 * 1024 * 1024, seconds=120, problem="file-too-large")
# Each is held in memory while it is looked at and sealed.
MOST_AT_ONCE = 4
# Who may add details to a complaint may add files to it.
ACTION = ACTIONS["supplement"].name

_KEPT = {
    "type": "object",
    "required": ["file", "size", "media_type"],
    "properties": {
        "file": KINDS["file"],
        "size": {"type": "integer", "minimum": 1},
        "media_type": {"type": "string", "enum": list(MEDIA_TYPES.values())},
    },
}
_ENDS = {
    403: "无权操作 · not permitted",
    410: "内容已销毁 · the content has been destroyed",
    413: "文件过大 · the file is too large",
    415: "文件类型不符 · not a type that is taken, or not of the type declared",
}
_DESCRIBED: dict[str, Any] = {
    "security": [{"bearer": []}],
    "parameters": [{"name": "complaint", "in": "path", "required": True, "schema": COMPLAINT}],
    "requestBody": {
        "required": True,
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in MEDIA_TYPES.values()
        },
    },
}


def file_routes(desk: Desk) -> APIRouter:
    """Return the route that takes files in."""
    router = APIRouter(tags=["intake"])
    free = asyncio.Semaphore(MOST_AT_ONCE)

    @router.post(
        "/complaints/{complaint}/files",
        summary="上传文件 · Upload a file",
        status_code=201,
        response_model=None,
        responses=_documented(),
        openapi_extra=_DESCRIBED,
    )
    async def upload(request: Request) -> Response:
        """Kept sealed under the complaint's key. A step names it (`with.files`) as answered here,
        which puts it on record. A repeat gets the same answer and changes nothing.
        """
        subject = desk.bearer(request)
        kind = _declared(request)
        stream, key = await _place(desk, subject, request.path_params["complaint"])
        async with free:
            content = await read_bytes(request, LIMITS)
            if not content or not is_of_type(content, kind):
                raise _refused("not-its-type")
            keep = functools.partial(desk.office.files.keep, stream, key, content, kind)
            name = await asyncio.to_thread(keep)
        told = {"file": str(name), "size": name.size, "media_type": name.media_type}
        return Response(orjson.dumps(told), 201, media_type="application/json")

    return router


def _declared(request: Request) -> str:
    kind = type_of(request.headers.get("content-type", ""))
    if kind is None:
        raise _refused("type-not-taken")
    return kind


async def _place(desk: Desk, subject: Subject, complaint: str) -> tuple[str, CaseKey]:
    """The stream and key of a complaint that the subject may add to."""
    try:
        known = await desk.office.handler.look(subject, complaint, ACTION)
        return known.stream, await desk.office.keys.of(known.stream)
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            raise
        raise problem from None


def _refused(code: str) -> Problem:
    return Problem("file-type", errors=[FieldFault(field="Content-Type", code=code)])


def _documented() -> dict[int | str, dict[str, Any]]:
    kept = {"description": "已保存 · kept", "content": {"application/json": {"schema": _KEPT}}}
    return {201: kept, **{status: problem_answer(text) for status, text in _ENDS.items()}}
