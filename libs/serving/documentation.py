"""The API's own pages: the OpenAPI document, and Swagger UI from files of our own.

The document says what may really come: every operation that needs a token also answers the
problems below, whatever its route says of itself.
"""

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
Schema = dict[str, Any]

BROKEN_RULE: Schema = {
    "type": "object",
    "required": ["rule", "source", "zh", "en"],
    "properties": {
        "rule": {"type": "string", "examples": ["answer-then-close"]},
        "source": {"type": ["string", "null"], "examples": ["2.4.5"]},
        "zh": {"type": "string", "examples": ["尚未答复客户，不得结案。"]},
        "en": {"type": "string", "examples": ["Not answered yet."]},
    },
}
FIELD_FAULT: Schema = {
    "type": "object",
    "required": ["field", "code", "reason"],
    "properties": {name: {"type": "string"} for name in ("field", "code", "reason")},
}
PROBLEM: Schema = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "broken": {"type": "array", "items": {"$ref": "#/components/schemas/BrokenRule"}},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldFault"}},
    },
}
COMPONENTS: Schema = {
    "schemas": {"Problem": PROBLEM, "BrokenRule": BROKEN_RULE, "FieldFault": FIELD_FAULT},
    "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
}
ALWAYS = {
    "401": "未认证 · not identified",
    "404": "不存在或无权查看 · absent, or not to be seen",
    "422": "字段有误 · bad field",
    "503": "暂不可用 · unavailable, repeat",
}
WITH_BODY = {
    "400": "请求无法读取 · unreadable",
    "408": "传送过慢 · the body arrived too slowly",
    "413": "请求正文过大 · the body is too large",
    "415": "媒体类型不支持 · not of a media type that is taken",
}


def add_documentation(app: FastAPI, components: dict[str, Any]) -> None:
    """Serve /openapi.json (with `components`) and /docs; neither asks any other host."""

    async def document(_request: Request) -> Response:
        return Response(
            orjson.dumps(_complete(app.openapi(), components)), media_type="application/json"
        )

    async def page(_request: Request) -> Response:
        return FileResponse(STATIC / "docs.html", headers={"content-security-policy": PAGE_POLICY})

    async def script(_request: Request) -> Response:
        return FileResponse(STATIC / "docs.js")

    app.add_route("/openapi.json", document, include_in_schema=False)
    app.add_route("/docs", page, include_in_schema=False)
    app.add_route("/docs/docs.js", script, include_in_schema=False)
    app.mount("/docs/vendor", StaticFiles(directory=STATIC / "vendor"))


def problem_answer(description: str) -> Schema:
    """Return an answer of the document that is a problem."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": schema}},
    }


def _complete(document: Schema, added: Schema) -> Schema:
    parts = (COMPONENTS, added, document.get("components", {}))
    kinds = {kind for part in parts for kind in part}
    merged = {
        kind: {k: v for part in parts for k, v in part.get(kind, {}).items()} for kind in kinds
    }
    for operations in document.get("paths", {}).values():
        for method, operation in operations.items():
            if {"bearer": []} in operation.get("security", ()):
                ends = ALWAYS | (WITH_BODY if method == "post" else {})
                _add_problems(operation["responses"], ends)
    return {**document, "components": merged}


def _add_problems(responses: Schema, ends: dict[str, str]) -> None:
    for status, description in ends.items():
        # FastAPI describes a 422 of its own, which the edge never sends.
        known = responses.get(status, {}).get("content", {})
        if "application/problem+json" not in known:
            responses[status] = problem_answer(description)
