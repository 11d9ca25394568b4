"""The outermost layer of every service: correlation, metrics, safe headers, problems for errors."""

from __future__ import annotations

import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.serving import metrics
from libs.serving.logs import logger
from libs.serving.problems import Problem, render

CORRELATION = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
CODES = {404: "absent", 405: "method", 413: "too-large", 415: "not-json"}
SAFE_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
}
log = logger(__name__)


class Edge:
    """Wraps the routed application; the last to see a request go out, whatever happened inside."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app, self._service = app, service
        self._open = metrics.REQUESTS_OPEN.labels(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; errors become problem details, never a stack trace."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        structlog.contextvars.bind_contextvars(correlation_id=answer.correlation_id)
        started = time.perf_counter()
        with self._open.track_inprogress():
            try:
                await self._app(scope, receive, answer.send)
            except Exception as error:  # noqa: BLE001 - the edge of the process
                await answer.problem(_problem_of(error), receive)
        self._count(scope, answer.status, time.perf_counter() - started)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        # The route's pattern, never the path: a path may hold a complaint's number.
        route = getattr(scope.get("route"), "path", "unrouted")
        method = scope["method"] if status != 405 else "other"  # noqa: PLR2004
        metrics.REQUESTS.labels(self._service, method, route, str(status)).inc()
        metrics.REQUEST_SECONDS.labels(self._service, route).observe(seconds)


class _Answer:
    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self._headers = Headers(scope=scope)
        given = self._headers.get("x-correlation-id", "")
        self.correlation_id = given if CORRELATION.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["correlation_id"] = self.correlation_id
        self.status = 500
        self._begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun, self.status = True, message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SAFE_HEADERS.items():
                headers.setdefault(name, value)
            headers["x-correlation-id"] = self.correlation_id
        await self._send(message)

    async def problem(self, problem: Problem, receive: Receive) -> None:
        if self._begun:
            return
        language = self._headers.get("accept-language", "")
        response = render(problem, language, self.correlation_id)
        await response(self._scope, receive, self.send)


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException) and error.status_code in CODES:
        return Problem(CODES[error.status_code], headers=dict(error.headers or {}))
    log.error("request failed", exc_info=error)
    return Problem("internal")
