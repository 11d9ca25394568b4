"""The API's own pages: the OpenAPI document, and Swagger UI from files of our own."""

from __future__ import annotations

from pathlib import Path

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"
# Swagger UI sets style attributes from its script; nothing else is let in.
PAGE_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"


def add_documentation(app: FastAPI) -> None:
    """Serve /openapi.json and /docs; neither page asks any other host for anything."""

    async def document(_request: Request) -> Response:
        return Response(orjson.dumps(app.openapi()), media_type="application/json")

    async def page(_request: Request) -> Response:
        return FileResponse(STATIC / "docs.html", headers={"content-security-policy": PAGE_POLICY})

    async def script(_request: Request) -> Response:
        return FileResponse(STATIC / "docs.js")

    app.add_route("/openapi.json", document, include_in_schema=False)
    app.add_route("/docs", page, include_in_schema=False)
    app.add_route("/docs/docs.js", script, include_in_schema=False)
    app.mount("/docs/vendor", StaticFiles(directory=STATIC / "vendor"))
