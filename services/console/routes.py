"""The console's pages. Each asks the services what the visitor may see and shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from fastapi import APIRouter
from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from libs.serving.documentation import problem_answer
from services.console import lanes
from services.console.gateway import Absent, Answer, Unavailable
from services.console.live import updates
from services.console.pages import Pages, now_of
from services.console.visit import language_of

FILTERS = ("number", "province", "status", "standing", "level", "channel", "after")
STANDINGS = ("on-time", "due-soon", "overdue")
STATUSES = ("open", "answered", "closed", "archived", "declined", "withdrawn", "destroyed")


ENDS: dict[int | str, dict[str, Any]] = {
    303: {"description": "请先登录 · sign in first"},
    400: {"description": "查询有误 · the query is wrong"},
    404: {"description": "不存在或无权查看 · absent, or not to be seen"},
    422: problem_answer("字段有误 · bad field"),
    503: {"description": "暂不可用 · a service did not answer"},
}
"""How a page can end other than being shown, told by a page too."""
SIGNED_IN: dict[str, Any] = {"security": [{"visitor": []}]}


def page_routes(pages: Pages) -> APIRouter:
    """The router of every page that needs a visitor."""
    router = APIRouter(default_response_class=HTMLResponse, responses=ENDS, tags=["console"])
    _board(router, pages)
    _cases(router, pages)
    _case(router, pages)
    _work(router, pages)

    @router.get("/rates", summary="按时办结率 · On-time closure", openapi_extra=SIGNED_IN)
    async def rates(request: Request, by: str = "province") -> Response:
        token, look = pages.visitor(request).token, pages.look(request)
        query = {"by": by, **(look.asked if look else {})}
        found = await pages.analytics.get("/rates/on-time", token, query)
        return await pages.render(
            request, "rates.html", "rates", present=found["present"], look=look, rates=found, by=by
        )

    return router


def _board(router: APIRouter, pages: Pages) -> None:
    @router.get("/", summary="全国看板 · The board", openapi_extra=SIGNED_IN)
    async def board(request: Request) -> Response:
        found = await pages.analytics.get("/board", pages.visitor(request).token)
        return await pages.render(
            request, "board.html", "board", present=found["present"], board=found
        )

    # An endless stream is nothing that the document's kind of answer describes.
    @router.get("/board/live", include_in_schema=False)
    async def board_live(request: Request) -> Response:
        token = pages.visitor(request).token

        async def look() -> tuple[object, str]:
            found = await pages.analytics.get("/board", token)
            present = found["present"]
            markup = await pages.markup(
                request, "board_now.html", "board", present=present, board=found
            )
            return {**found, "present": present["speed"]}, markup

        async def stream() -> AsyncIterator[dict[str, str]]:
            with pages.signals.heard("facts") as news:
                async for update in updates(look, pages.settings.board_seconds, news):
                    yield update

        return EventSourceResponse(stream(), ping=15, headers={"cache-control": "no-store"})


def _cases(router: APIRouter, pages: Pages) -> None:
    filters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in FILTERS]

    @router.get(
        "/cases",
        summary="投诉列表 · Complaints",
        openapi_extra={**SIGNED_IN, "parameters": filters},
    )
    async def cases(request: Request) -> Response:
        query = {name: request.query_params[name] for name in FILTERS
                 if request.query_params.get(name)}  # fmt: skip
        token = pages.visitor(request).token
        found = await pages.analytics.get("/cases", token, query)
        unpaged = {name: value for name, value in query.items() if name != "after"}
        return await pages.render(
            request,
            "cases.html",
            "cases",
            present=found["present"],
            cases=found,
            query={name: query.get(name, "") for name in FILTERS},
            filtered=bool(unpaged),
            choices=await _choices(request, pages, token),
            unpaged=urlencode(unpaged),
            paged=urlencode({**unpaged, "after": found["next"] or ""}),
        )

    @router.get(
        "/find",
        summary="按编号查找 · Find by number",
        status_code=303,
        response_class=RedirectResponse,
    )
    async def find(number: str = "") -> Response:
        # Straight to the case of that number; absence is told there.
        return RedirectResponse(f"/cases/{quote(number.strip(), safe='')}", status_code=303)


def _work(router: APIRouter, pages: Pages) -> None:
    @router.get("/work", summary="工作清单 · Work list", openapi_extra=SIGNED_IN)
    async def work(request: Request, unit: str = "", cursor: str = "") -> Response:
        visitor, look = pages.visitor(request), pages.look(request)
        chosen = unit.strip() or visitor.unit
        asked = look.asked if look else {}
        query = {"unit": chosen, **({"cursor": cursor} if cursor else {}), **asked}
        found = await pages.dispatch.get("/work-list", visitor.token, query)
        past = {"axis": look.axis, "at": look.local} if look else {}
        return await pages.render(
            request,
            "work.html",
            "work",
            present=await pages.analytics.get("/present", visitor.token),
            look=look,
            organisation=await pages.organisation(visitor.token),
            work=found,
            unit=chosen,
            paged=urlencode({"unit": chosen, "cursor": found["next"] or "", **past}),
        )


async def _choices(request: Request, pages: Pages, token: str) -> dict[str, list[tuple[str, str]]]:
    language = language_of(request, pages.languages)
    organisation = await pages.organisation(token)

    def declared(kind: str) -> list[tuple[str, str]]:
        titles = organisation["titles"][kind]
        known = {code: language.term(kind, code) for code in titles}
        return [
            (code, language.pick(titles[code], code) if word == code else word)
            for code, word in known.items()
        ]

    return {
        "province": [
            (unit, language.pick(organisation["units"][unit], unit))
            for unit in organisation["provinces"]
        ],
        "standing": [(code, language.term("standing", code)) for code in STANDINGS],
        "status": [(code, language.term("status", code)) for code in STATUSES],
        "level": declared("level"),
        "channel": declared("channel"),
    }


def _case(router: APIRouter, pages: Pages) -> None:
    @router.get("/cases/{case_id}", summary="案件 · One case", openapi_extra=SIGNED_IN)
    async def case(request: Request, case_id: str) -> Response:
        token, look = pages.visitor(request).token, pages.look(request)
        path = f"/cases/{quote(case_id, safe='')}"
        found = await pages.analytics.get(path, token, look.asked if look else None)
        values = _case_values(found, look.at if look else now_of(found["present"]))
        values["repeats"] = [] if look else await _repeats(pages, found["complaint"], token)
        return await pages.render(
            request, "case.html", "cases", present=found["present"], look=look, **values
        )

    @router.get(
        "/cases/{case_id}/export",
        summary="导出案卷 · The case as a file",
        openapi_extra=SIGNED_IN,
        responses={200: {"content": {"application/json": {}, "text/html": {}}}},
    )
    async def export(request: Request, case_id: str, format: str = "html") -> Response:  # noqa: A002
        token = pages.visitor(request).token
        path = f"/cases/{quote(case_id, safe='')}/export"
        return _handed_on(await pages.analytics.fetch(path, token, {"format": format}))

    @router.get(
        "/cases/{case_id}/files/{file}",
        summary="下载文件 · One file of the case",
        openapi_extra=SIGNED_IN,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    async def file(request: Request, case_id: str, file: str) -> Response:
        token = pages.visitor(request).token
        path = f"/cases/{quote(case_id, safe='')}/files/{quote(file, safe='')}"
        return _handed_on(await pages.analytics.fetch(path, token))


def _handed_on(answer: httpx.Response) -> Response:
    kept = ("content-type", "content-disposition", "content-security-policy")
    headers = {name: answer.headers[name] for name in kept if name in answer.headers}
    return Response(answer.content, headers=headers)


async def _repeats(pages: Pages, complaint: str, token: str) -> list[Answer]:
    """Earlier complaints of the customer; a page does without them when intake does not answer."""
    try:
        found = await pages.intake.get(f"/complaints/{complaint}/repeats", token)
    except (Absent, Unavailable):
        return []
    repeats: list[Answer] = found["repeats"]
    return repeats


def _case_values(case: dict[str, Any], now: datetime) -> dict[str, Any]:
    span = lanes.axis(case["clocks"], now)
    clocks = sorted(case["clocks"], key=lambda clock: (not lanes.running(clock), clock["due_at"]))
    return {
        "case": case,
        "span": span,
        "clocks": [{"view": clock, "lane": lanes.lane(clock, span, now)} for clock in clocks],
        "missed": sum(1 for clock in case["clocks"] if clock["missed"]),
        "words": next(
            filter(None, (event["texts"].get("content") for event in case["events"])), None
        ),
    }
