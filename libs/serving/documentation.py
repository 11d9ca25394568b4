"""The API's own pages: the OpenAPI document, and Swagger UI from files of our own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"
# Swagger UI sets style attributes from its script; nothing else is let in.
PAGE_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"


def add_documentation(app: FastAPI, components: dict[str, Any]) -> None:
    """Serve /openapi.json (with `components`) and /docs; neither asks any other host."""

    async def document(_request: Request) -> Response:
        return Response(
            orjson.dumps(_with_components(app.openapi(), components)), media_type="application/json"
        )

    async def page(_request: Request) -> Response:
        return FileResponse(STATIC / "docs.html", headers={"content-security-policy": PAGE_POLICY})

    async def script(_request: Request) -> Response:
        return FileResponse(STATIC / "docs.js")

    app.add_route("/openapi.json", document, include_in_schema=False)
    app.add_route("/docs", page, include_in_schema=False)
    app.add_route("/docs/docs.js", script, include_in_schema=False)
    app.mount("/docs/vendor", StaticFiles(directory=STATIC / "vendor"))


def _with_components(document: dict[str, Any], added: dict[str, Any]) -> dict[str, Any]:
    own = document.get("components", {})
    merged = {kind: {**own.get(kind, {}), **added.get(kind, {})} for kind in own.keys() | added}
    return {**document, "components": merged}
