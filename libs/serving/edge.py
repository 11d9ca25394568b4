"""The outermost layer of every service: correlation, metrics, safe headers, problems for errors."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from functools import cache

from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs import metrics
from libs.events.errors import StoreUnavailable
from libs.serving.addresses import check_address
from libs.serving.logs import correlation, logger
from libs.serving.problems import Problem, render

CORRELATION = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
CODES = {404: "absent", 405: "method", 413: "too-large", 415: "not-json"}
SAFE_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
    ),
)
NO_METHOD = 405
UNROUTED = "unrouted"
RETRY_AFTER_S = "1"
log = logger(__name__)


class Edge:
    """Wraps an application; the last to see a request go out, whatever happened inside."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app, self._service = app, service
        self._open = metrics.REQUESTS_OPEN.labels(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; errors become problem details, never a stack trace."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        correlation.set(answer.correlation_id)
        started = time.perf_counter()
        self._open.inc()
        try:
            check_address(scope)
            await self._app(scope, receive, answer.send)
        except Exception as error:  # noqa: BLE001 - the edge of the process
            await answer.problem(_problem_of(error), receive)
        finally:
            self._open.dec()
        self._count(scope, answer.status, time.perf_counter() - started)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        # The route's pattern, never the path: a path may hold a complaint's number.
        route = getattr(scope.get("route"), "path", UNROUTED)
        method = scope["method"] if route != UNROUTED and status != NO_METHOD else "other"
        requests, durations = _measures(self._service, method, route, status)
        requests.inc()
        durations.observe(seconds)


@cache
def _measures(service: str, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    # Finding a label's child costs more than counting in it. There are as many as there are routes.
    return (
        metrics.REQUESTS.labels(service, method, route, str(status)),
        metrics.REQUEST_SECONDS.labels(service, route),
    )


def foresee(service: str, routes: Iterable[BaseRoute]) -> None:
    """Begin counting at 0 what these routes will answer, well or by a fault of ours."""
    for route in routes:
        if isinstance(route, Route):
            for method in (route.methods or set()) - {"HEAD"}:
                _measures(service, method, route.path, 200)
                _measures(service, method, route.path, 500)
    _measures(service, "other", UNROUTED, 404)


class _Answer:
    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        given = self._header(b"x-correlation-id")
        self.correlation_id = given if CORRELATION.fullmatch(given) else os.urandom(16).hex()
        scope.setdefault("state", {})["correlation_id"] = self.correlation_id
        self.status = 500
        self._begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun, self.status = True, message["status"]
            headers = list(message.get("headers", ()))
            present = {name for name, _ in headers}
            headers.extend(pair for pair in SAFE_HEADERS if pair[0] not in present)
            headers.append((b"x-correlation-id", self.correlation_id.encode()))
            message = {**message, "headers": headers}
        await self._send(message)

    async def problem(self, problem: Problem, receive: Receive) -> None:
        if self._begun:
            return
        language = self._header(b"accept-language")
        response = render(problem, language, self.correlation_id)
        await response(self._scope, receive, self.send)

    def _header(self, wanted: bytes) -> str:
        return next((v.decode("latin-1") for n, v in self._scope["headers"] if n == wanted), "")


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException) and error.status_code in CODES:
        return Problem(CODES[error.status_code], headers=dict(error.headers or {}))
    if isinstance(error, StoreUnavailable):
        return Problem("unavailable", headers={"Retry-After": RETRY_AFTER_S})
    log.error("request failed", exc_info=error)
    return Problem("internal")
