"""The read API: cases with their whole timeline, exports, lists, the board, on-time closure."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from libs.access.identity import Subject
from libs.casework.filetypes import MEDIA_TYPES
from libs.casework.identifiers import is_complaint
from libs.casework.pasts import TooMany
from libs.events.past import Past
from libs.serving.bodies import read_object
from libs.serving.documentation import problem_answer
from libs.serving.looking import AsHappened, AsOf, past_asked
from libs.serving.parameters import Instant, Word
from libs.serving.problems import FieldFault, Problem, bad_fields
from services.analytics.advice import Asked as AskedLetter
from services.analytics.advice import advice_json, drafted
from services.analytics.casefile import case_json
from services.analytics.desk import Desk
from services.analytics.export import PRINT_POLICY, case_export, case_page
from services.analytics.figures import Window
from services.analytics.indicators import FiguresAsked, NoSuchFigures
from services.analytics.listing import BadCursor, read_place
from services.analytics.reading import ReadCase
from services.analytics.shapes import declared_titles

_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}},
    410: problem_answer("内容已销毁 · the content has been destroyed"),
}
_SECURE: dict[str, Any] = {"security": [{"bearer": []}]}


def read_routes(desk: Desk) -> APIRouter:
    """Every route of analytics. Plain functions: they wait for the database in pool threads."""
    router = APIRouter(tags=["analytics"])
    _list_route(router, desk)
    _case_routes(router, desk)
    _figure_routes(router, desk)
    return router


def _list_route(router: APIRouter, desk: Desk) -> None:
    @router.get("/cases", summary="投诉列表 · Complaints, newest first", openapi_extra=_SECURE)
    def cases(
        request: Request,
        *,
        number: Word | None = None,
        province: Word | None = None,
        status: Word | None = None,
        level: Word | None = None,
        channel: Word | None = None,
        standing: Literal["on-time", "due-soon", "overdue", "none"] | None = None,
        after: Annotated[str | None, Query(max_length=512)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """`number` is the beginning of a number; `after` the `next` of the page before."""
        subject = desk.bearer(request)
        filters = {
            "number": number, "province": province, "status": status, "level": level,
            "channel": channel, "standing": standing,
        }  # fmt: skip
        try:
            place = read_place(after)
        except BadCursor:
            raise bad_fields([FieldFault(field="after", code="not-cursor")]) from None
        return _json(desk.listing.cases(subject, filters, place, limit))


def _case_routes(router: APIRouter, desk: Desk) -> None:
    @router.get(
        "/cases/{case}", summary="案件全过程 · One case, by id or number", openapi_extra=_SECURE
    )
    def case_of(
        request: Request, case: str, as_of: AsOf = None, as_happened: AsHappened = None
    ) -> Response:
        """Read from the stream: every event with both times, every clock with its explanation.

        Of the past, clocks stand as they stood then.
        """
        subject = desk.bearer(request)
        past = _past(desk, as_of, as_happened)
        read = _read(desk, subject, case, past)
        return _json(case_json(read) | advice_json(read))

    @router.post(
        "/cases/{case}/letters/{letter}/draft",
        summary="道歉信草稿 · A letter of apology drafted from its fields",
        openapi_extra=_SECURE,
    )
    async def draft(request: Request, case: str, letter: str) -> Response:
        """`{"values": {field: text}, "language": "zh-Hans" | "en"}`; nothing is kept. The letter is
        edited and approved by a person, who then records it as sent with `apologise`.
        """
        subject = desk.bearer(request)
        try:
            asked = msgspec.convert(await read_object(request), AskedLetter)
        except msgspec.ValidationError:
            raise bad_fields([FieldFault(field="values", code="malformed")]) from None
        read = await asyncio.to_thread(_read, desk, subject, case)
        found = drafted(read, letter, asked)
        if found is None:
            raise Problem("absent")
        return _json(found)

    @router.get(
        "/cases/{case}/export",
        summary="导出案卷 · The case as a file",
        openapi_extra=_SECURE,
        responses={200: {"content": {"application/json": {}, "text/html": {}}}},
    )
    def export(
        request: Request,
        case: str,
        format: Literal["json", "html"] = "json",  # noqa: A002 - the API's word
    ) -> Response:
        """With the exact bytes of every event, so that anybody can recompute the hashes."""
        read = _read(desk, desk.bearer(request), case)
        # The file's name holds no number: file names end up in logs and mail subjects.
        if format == "json":
            named = {"content-disposition": f'attachment; filename="{_file_name(read)}.json"'}
            return Response(case_export(read), media_type="application/json", headers=named)
        page = case_page(read, desk.organisation)
        headers = {"content-security-policy": PRINT_POLICY}
        return Response(page, media_type="text/html; charset=utf-8", headers=headers)

    @router.get(
        "/cases/{case}/files/{file}",
        summary="下载文件 · One file of the case",
        openapi_extra=_SECURE,
        responses=_FILE,
    )
    def file_of(request: Request, case: str, file: str) -> Response:
        """As it was uploaded, to be saved; the name is one that an event carries."""
        return desk.files.download(_read(desk, desk.bearer(request), case), file)


def _figure_routes(router: APIRouter, desk: Desk) -> None:
    @router.get("/board", summary="全国看板 · The board of the country", openapi_extra=_SECURE)
    def board(request: Request) -> Response:
        """Open complaints by province and standing, the most pressing clocks, the latest events."""
        return _json(desk.board.show(desk.bearer(request)))

    @router.get("/rates/on-time", summary="按时办结率 · On-time closure", openapi_extra=_SECURE)
    def on_time(
        request: Request,
        *,
        by: Literal["province", "level", "channel"] = "province",
        from_at: Annotated[Instant | None, Query(alias="from")] = None,
        until_at: Annotated[Instant | None, Query(alias="until")] = None,
        as_of: AsOf = None,
        as_happened: AsHappened = None,
    ) -> Response:
        """Numerator and denominator, without and with extensions, of what was registered then."""
        subject = desk.bearer(request)
        window = Window(by=by, from_at=from_at, until_at=until_at)
        past = _past(desk, as_of, as_happened)
        try:
            return _json(desk.listing.on_time(subject, window, past))
        except TooMany:
            raise Problem("too-wide") from None

    @router.get(
        "/indicators/{procedure}", summary="规程指标 · A procedure's figures", openapi_extra=_SECURE
    )
    def indicators(
        request: Request,
        procedure: str,
        *,
        period: Word,
        by: Word | None = None,
        customers: Annotated[int | None, Query(ge=1, le=10_000_000_000)] = None,
        as_of: AsOf = None,
        as_happened: AsHappened = None,
    ) -> Response:
        """Every figure of the procedure over the complaints registered in `period` (2026, 2026H1,
        2026Q1, 2026-03, 2026W10 or 2026-03-02), numerator and denominator exact; `by`: a field, or
        province.
        """
        subject = desk.bearer(request)
        past = _past(desk, as_of, as_happened)
        asked = FiguresAsked(
            procedure=procedure, period=period, by=by, customers=customers, past=past
        )
        try:
            return _json(desk.indicators.show(subject, asked))
        except NoSuchFigures as unknown:
            field, code = unknown.args
            raise bad_fields([FieldFault(field=field, code=code)]) from None
        except TooMany:
            raise Problem("too-wide") from None

    @router.get("/organisation", summary="单位名称 · Names of the units", openapi_extra=_SECURE)
    def organisation(request: Request) -> Response:
        """Units by path with their names, provinces in order, what procedures call their parts."""
        desk.bearer(request)
        named = msgspec.to_builtins(desk.organisation)
        return _json({**named, "titles": declared_titles(desk.regulations)})

    @router.get("/present", summary="系统时间 · The store's time", openapi_extra=_SECURE)
    def present(request: Request) -> Response:
        """Now, whether this is a simulation, and how fast its time goes."""
        desk.bearer(request)
        return _json(desk.figures.present())


def _past(desk: Desk, as_of: Instant | None, as_happened: Instant | None) -> Past | None:
    if as_of is None and as_happened is None:
        return None
    return past_asked(as_of, as_happened, desk.figures.present().now)


def _read(desk: Desk, subject: Subject, case: str, past: Past | None = None) -> ReadCase:
    complaints = [case] if is_complaint(case) else desk.figures.numbered(case)
    for complaint in complaints:
        read = desk.reader.read(complaint, subject, past)
        if read is not None:
            return read
    raise Problem("absent")


def _file_name(read: ReadCase) -> str:
    return f"case-{read.known.stream.rpartition('-')[2][:12]}"


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
