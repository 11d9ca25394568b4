"""The read API of one case: its timeline, exports, letters, and who has read its text."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from libs.casework.commanding import NotPermitted
from libs.casework.filetypes import MEDIA_TYPES
from libs.casework.identifiers import is_complaint
from libs.events.past import Past
from libs.serving.bodies import read_object
from libs.serving.documentation import problem_answer
from libs.serving.looking import AsHappened, AsOf
from libs.serving.problems import FieldFault, Problem, bad_fields
from services.analytics.advice import Asked, advice_json, drafted
from services.analytics.answering import SECURE, json_answer, past_wanted
from services.analytics.casefile import case_json
from services.analytics.desk import Desk
from services.analytics.export import PRINT_POLICY, case_export, case_page
from services.analytics.reading import FILE, ReadCase
from services.analytics.reads import Occasion, Unrecorded

_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}},
    410: problem_answer("内容已销毁 · the content has been destroyed"),
}
LAST_READ = 2**63 - 1


def case_routes(desk: Desk) -> APIRouter:
    """Every route of one case."""
    router = APIRouter(tags=["analytics"])
    _case_route(router, desk)
    _export_route(router, desk)
    _file_route(router, desk)
    _reads_route(router, desk)
    return router


def _case_route(router: APIRouter, desk: Desk) -> None:
    @router.get(
        "/cases/{case}", summary="案件全过程 · One case, by id or number", openapi_extra=SECURE
    )
    def case_of(
        request: Request, case: str, as_of: AsOf = None, as_happened: AsHappened = None
    ) -> Response:
        """Read from the stream: every event with both times, every clock with its explanation.

        Of the past, clocks stand as they stood then.
        """
        occasion = _occasion(desk, request, "case")
        past = past_wanted(desk, as_of, as_happened)
        read = _read(desk, occasion, case, past)
        return json_answer(case_json(read) | advice_json(read))

    @router.post(
        "/cases/{case}/letters/{letter}/draft",
        summary="道歉信草稿 · A letter of apology drafted from its fields",
        openapi_extra=SECURE,
    )
    async def draft(request: Request, case: str, letter: str) -> Response:
        """`{"values": {field: text}, "language": "zh-Hans" | "en"}`; nothing is kept. The letter is
        edited and approved by a person, who then records it as sent with `apologise`.
        """
        occasion = _occasion(desk, request, "letter")
        try:
            asked = msgspec.convert(await read_object(request), Asked)
        except msgspec.ValidationError:
            raise bad_fields([FieldFault(field="values", code="malformed")]) from None
        read = await asyncio.to_thread(_read, desk, occasion, case)
        found = drafted(read, letter, asked)
        if found is None:
            raise Problem("absent")
        return json_answer(found)


def _export_route(router: APIRouter, desk: Desk) -> None:
    @router.get(
        "/cases/{case}/export",
        summary="导出案卷 · The case as a file",
        openapi_extra=SECURE,
        responses={200: {"content": {"application/json": {}, "text/html": {}}}},
    )
    def export(
        request: Request,
        case: str,
        format: Literal["json", "html"] = "json",  # noqa: A002 - the API's word
    ) -> Response:
        """With the exact bytes of every event, so that anybody can recompute the hashes."""
        read = _read(desk, _occasion(desk, request, f"export-{format}"), case)
        # The file's name holds no number: file names end up in logs and mail subjects.
        if format == "json":
            named = {"content-disposition": f'attachment; filename="{_file_name(read)}.json"'}
            return Response(case_export(read), media_type="application/json", headers=named)
        page = case_page(read, desk.organisation)
        headers = {"content-security-policy": PRINT_POLICY}
        return Response(page, media_type="text/html; charset=utf-8", headers=headers)


def _file_route(router: APIRouter, desk: Desk) -> None:
    @router.get(
        "/cases/{case}/files/{file}",
        summary="下载文件 · One file of the case",
        openapi_extra=SECURE,
        responses=_FILE,
    )
    def file_of(request: Request, case: str, file: str) -> Response:
        """As it was uploaded, to be saved; the name is one that an event carries."""
        return desk.files.download(_read(desk, _occasion(desk, request, FILE), case), file)


def _reads_route(router: APIRouter, desk: Desk) -> None:
    @router.get(
        "/cases/{case}/reads", summary="查阅记录 · Who has read its text", openapi_extra=SECURE
    )
    def reads(
        request: Request,
        case: str,
        before: Annotated[int | None, Query(ge=1, le=LAST_READ)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Newest first, for those who answer for others. `before` is the `next` of a page before.

        Each says who read when, up to which event, which fields; never what stood in them.
        """
        subject = desk.bearer(request)
        for complaint in _complaints(desk, case):
            try:
                found = desk.reader.reads(complaint, subject, before, limit + 1)
            except NotPermitted:
                raise Problem("not-permitted") from None
            if found is not None:
                more = found[limit - 1]["read"] if len(found) > limit else None
                return json_answer({"complaint": complaint, "reads": found[:limit], "next": more})
        raise Problem("absent")


def _occasion(desk: Desk, request: Request, handed_out: str) -> Occasion:
    return Occasion(
        subject=desk.bearer(request),
        handed_out=handed_out,
        correlation_id=request.scope["state"]["correlation_id"],
    )


def _complaints(desk: Desk, case: str) -> list[str]:
    return [case] if is_complaint(case) else desk.figures.numbered(case)


def _read(desk: Desk, occasion: Occasion, case: str, past: Past | None = None) -> ReadCase:
    for complaint in _complaints(desk, case):
        try:
            read = desk.reader.read(complaint, occasion, past)
        except Unrecorded:
            raise Problem("unrecorded") from None
        if read is not None:
            return read
    raise Problem("absent")


def _file_name(read: ReadCase) -> str:
    return f"case-{read.known.stream.rpartition('-')[2][:12]}"
