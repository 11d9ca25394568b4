"""The web application of a service: its routers inside the layers that all services share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, NoReturn

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request

from libs.serving.bodies import shown
from libs.serving.documentation import add_documentation
from libs.serving.edge import Edge, foresee
from libs.serving.health import Check, Note, health_routes
from libs.serving.problems import FieldFault, bad_fields

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
# What FastAPI finds wrong with a query or path parameter, in the words of `REASONS`.
FAULTS = {
    "missing": "missing",
    "int_parsing": "not-whole",
    "int_parsing_size": "too-big-number",
    "greater_than_equal": "out-of-range",
    "less_than_equal": "out-of-range",
    "string_too_long": "too-long",
    "string_pattern_mismatch": "malformed",
    "not_time": "not-time",
}


def application(
    service: str,
    *,
    title: str,
    routers: Sequence[APIRouter],
    checks: dict[str, Check],
    lifespan: Lifespan,
    components: dict[str, Any] | None = None,
    notes: Mapping[str, Note] | None = None,
) -> FastAPI:
    """Return the application; `checks` decide /readyz, `lifespan` opens and closes what it uses.

    `components` are added to those of the OpenAPI document.
    """
    app = FastAPI(
        title=title,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[Middleware(Edge, service=service)],
        # Both are handed on to the edge, which alone writes problems.
        exception_handlers={HTTPException: _hand_on, RequestValidationError: _bad_parameters},
    )
    for router in (health_routes(checks, notes or {}), *routers):
        app.include_router(router)
        foresee(service, router.routes)
    add_documentation(app, components or {})
    return app


def _hand_on(_request: Request, error: Exception) -> NoReturn:
    raise error


def _bad_parameters(_request: Request, error: Exception) -> NoReturn:
    assert isinstance(error, RequestValidationError)
    raise bad_fields([_fault(found) for found in error.errors()])


def _fault(found: dict[str, Any]) -> FieldFault:
    code = FAULTS.get(found["type"], "malformed")
    limits = found.get("ctx", {})
    return FieldFault(
        field=shown(str(found["loc"][-1])),
        code=code,
        limits={
            "least": limits.get("ge", "-"),
            "most": limits.get("le", limits.get("max_length", "-")),
        },
    )
