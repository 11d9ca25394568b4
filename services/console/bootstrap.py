"""The console, wired: pages, live board, static files, a strict policy for what a page may load."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from libs.serving.application import application
from services.console.gateway import Absent, InvalidQuery, NotSignedIn, Unavailable
from services.console.pages import Pages, to_gate
from services.console.routes import page_routes
from services.console.settings import ConsoleSettings
from services.console.signing import signing_routes
from services.console.visit import TOKEN_COOKIE

# Everything from this origin, nothing inline, nothing evaluated, nobody frames us.
CONTENT_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
VISITOR = {"type": "apiKey", "in": "cookie", "name": TOKEN_COOKIE}
SERVICE = "console"
_STATIC = Path(__file__).parent / "static"


def build(settings: ConsoleSettings) -> FastAPI:
    """Return the console's application."""
    pages = Pages(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        with pages.signals:
            yield
        await pages.close()

    app = application(
        SERVICE,
        title="Redress console",
        routers=[signing_routes(pages), page_routes(pages)],
        checks={"analytics": pages.analytics.ready},
        lifespan=lifespan,
        components={"securitySchemes": {"visitor": VISITOR}},
    )
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    _add_problems(app, pages)
    app.middleware("http")(_strict)
    return app


def _add_problems(app: FastAPI, pages: Pages) -> None:
    async def to_sign_in(_request: Request, _error: Exception) -> Response:
        return to_gate()

    def page(reason: str, status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
        async def show(request: Request, _error: Exception) -> Response:
            return pages.problem(request, reason, status)

        return show

    app.add_exception_handler(NotSignedIn, to_sign_in)
    app.add_exception_handler(Absent, page("absent", 404))
    app.add_exception_handler(InvalidQuery, page("invalid", 400))
    app.add_exception_handler(Unavailable, page("unavailable", 503))
    app.add_exception_handler(404, page("page", 404))


async def _strict(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call(request)
    response.headers.setdefault("content-security-policy", CONTENT_POLICY)
    if request.url.path.startswith("/static/"):
        response.headers["cache-control"] = "public, max-age=3600"
    return response
