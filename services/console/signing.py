"""Signing in with a token, signing out, choosing a language."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from libs.serving.documentation import problem_answer
from services.console import visit
from services.console.gateway import Absent, NotSignedIn
from services.console.pages import Pages, to_gate

_LONGEST_FORM = 16 * 1024
_FIELD = {"type": "string"}
_FORM = {
    "requestBody": {
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {"type": "object", "properties": {"token": _FIELD, "account": _FIELD}}
            }
        }
    }
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    401: {"description": "未认证 · not identified"},
    503: {"description": "暂不可用 · a service did not answer"},
}
_ONWARD: dict[int | str, dict[str, Any]] = {
    303: {"description": "转到下一页 · on to the next page"},
    404: problem_answer("不存在 · absent"),
    422: problem_answer("字段有误 · bad field"),
}


def signing_routes(pages: Pages) -> APIRouter:
    """The router of what needs no visitor yet."""
    router = APIRouter(default_response_class=HTMLResponse, responses=_ONWARD, tags=["console"])
    secure = pages.settings.secure_cookies

    @router.get("/login", summary="登录页 · The sign-in page")
    async def gate(request: Request) -> Response:
        return pages.gate(request)

    @router.post(
        "/login",
        summary="登录 · Sign in",
        openapi_extra=_FORM,
        responses=_REFUSED,
    )
    async def enter(request: Request) -> Response:
        token = _token(await _form(request), pages)
        if not await _accepted(pages, token):
            return pages.gate(request, refused=True)
        response: Response = RedirectResponse("/", status_code=303)
        visit.keep(response, visit.TOKEN_COOKIE, token, secure=secure)
        return response

    @router.post(
        "/logout", summary="退出 · Sign out", status_code=303, response_class=RedirectResponse
    )
    async def leave() -> Response:
        response = to_gate()
        response.delete_cookie(visit.TOKEN_COOKIE)
        return response

    @router.get(
        "/language/{code}",
        summary="语言 · Language",
        status_code=303,
        response_class=RedirectResponse,
    )
    async def language(code: str, back: str = "/") -> Response:
        response: Response = RedirectResponse(visit.inside(back), status_code=303)
        if code in pages.languages:
            visit.keep(response, visit.LANGUAGE_COOKIE, code, secure=secure)
        return response

    return router


async def _accepted(pages: Pages, token: str) -> bool:
    """Whether the services take the token; the console cannot and does not check it."""
    if visit.visitor_of(token) is None:
        return False
    try:
        await pages.analytics.get("/organisation", token)
    except (NotSignedIn, Absent):
        return False
    return True


async def _form(request: Request) -> dict[str, str]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM:
            return {}
    fields = parse_qs(body.decode("ascii", "replace"))
    return {name: values[0] for name, values in fields.items()}


def _token(form: dict[str, str], pages: Pages) -> str:
    """The pasted token, or that of the demo account chosen."""
    if "account" in form:
        accounts = visit.demo_accounts(pages.settings.demo_accounts)
        chosen = form["account"]
        known = chosen.isdecimal() and int(chosen) < len(accounts)
        return accounts[int(chosen)].token if known else ""
    return form.get("token", "").strip()
