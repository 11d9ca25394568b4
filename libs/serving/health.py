"""/healthz (the process runs), /readyz (it can do its work), /metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from libs.serving.exposition import exposition

Check = Callable[[], Awaitable[bool]]
Note = Callable[[], str | None]


def health_routes(checks: dict[str, Check], notes: Mapping[str, Note]) -> APIRouter:
    """Return the three open routes; /readyz is 200 when every check of `checks` is true.

    A check that raises counts as false: the reason is in the logs of what it checks. What `notes`
    say is shown with it: something is wrong, and the work goes on all the same.
    """
    router = APIRouter(include_in_schema=False)

    async def healthy(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_request: Request) -> Response:
        found = {name: await _passes(check) for name, check in checks.items()}
        good = all(found.values())
        told = {name: said for name, note in notes.items() if (said := note())}
        return JSONResponse(
            {"status": "ready" if good else "not-ready", "checks": found, "notes": told},
            status_code=200 if good else 503,
        )

    async def measured(_request: Request) -> Response:
        # Off the event loop: with several workers it reads their files.
        return await asyncio.to_thread(exposition)

    # As routes of the framework, so that they are counted under their own names.
    for path, endpoint in (("/healthz", healthy), ("/readyz", ready), ("/metrics", measured)):
        router.add_api_route(path, endpoint, response_model=None)
    return router


async def _passes(check: Check) -> bool:
    try:
        return await check()
    except Exception:  # noqa: BLE001 - whatever failed, the service is not ready
        return False
