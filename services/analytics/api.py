"""The read API: lists, the board, figures and names; one case is in `case_api`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from libs.casework.pasts import TooMany
from libs.serving.looking import AsHappened, AsOf
from libs.serving.parameters import Instant, Word
from libs.serving.problems import FieldFault, Problem, bad_fields
from services.analytics.answering import SECURE, json_answer, past_wanted
from services.analytics.desk import Desk
from services.analytics.figures import Window
from services.analytics.indicators import FiguresAsked, NoSuchFigures
from services.analytics.listing import BadCursor, read_place
from services.analytics.shapes import declared_titles


def read_routes(desk: Desk) -> APIRouter:
    """Every route but those of one case. Plain functions: they wait in pool threads."""
    router = APIRouter(tags=["analytics"])
    _list_route(router, desk)
    _figure_routes(router, desk)
    return router


def _list_route(router: APIRouter, desk: Desk) -> None:
    @router.get("/cases", summary="投诉列表 · Complaints, newest first", openapi_extra=SECURE)
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
        return json_answer(desk.listing.cases(subject, filters, place, limit))


def _figure_routes(router: APIRouter, desk: Desk) -> None:
    @router.get("/board", summary="全国看板 · The board of the country", openapi_extra=SECURE)
    def board(request: Request) -> Response:
        """Open complaints by province and standing, the most pressing clocks, the latest events."""
        return json_answer(desk.board.show(desk.bearer(request)))

    @router.get("/rates/on-time", summary="按时办结率 · On-time closure", openapi_extra=SECURE)
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
        past = past_wanted(desk, as_of, as_happened)
        try:
            return json_answer(desk.listing.on_time(subject, window, past))
        except TooMany:
            raise Problem("too-wide") from None

    @router.get(
        "/indicators/{procedure}", summary="规程指标 · A procedure's figures", openapi_extra=SECURE
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
        past = past_wanted(desk, as_of, as_happened)
        asked = FiguresAsked(
            procedure=procedure, period=period, by=by, customers=customers, past=past
        )
        try:
            return json_answer(desk.indicators.show(subject, asked))
        except NoSuchFigures as unknown:
            field, code = unknown.args
            raise bad_fields([FieldFault(field=field, code=code)]) from None
        except TooMany:
            raise Problem("too-wide") from None

    @router.get("/organisation", summary="单位名称 · Names of the units", openapi_extra=SECURE)
    def organisation(request: Request) -> Response:
        """Units by path with their names, provinces in order, what procedures call their parts."""
        desk.bearer(request)
        named = msgspec.to_builtins(desk.organisation)
        return json_answer({**named, "titles": declared_titles(desk.regulations)})

    @router.get("/present", summary="系统时间 · The store's time", openapi_extra=SECURE)
    def present(request: Request) -> Response:
        """Now, whether this is a simulation, and how fast its time goes."""
        desk.bearer(request)
        return json_answer(desk.figures.present())
