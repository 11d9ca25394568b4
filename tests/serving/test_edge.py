"""What every service answers at its edge: problems, safe headers, health, pages of its own."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import httpx
import pytest
import structlog
from fastapi import APIRouter, FastAPI, Query
from starlette.requests import Request

from libs.serving.application import application
from libs.serving.bodies import read_object
from libs.serving.headers import idempotency_key, version_seen
from libs.serving.logs import configure_logs
from libs.serving.problems import Problem, prefers_chinese

VENDOR = Path("libs/serving/static/vendor")
SECRET = "13800138000"


@pytest.fixture(autouse=True)
def logged() -> Iterator[Callable[[], list[dict[str, object]]]]:
    """What the process logs, line by line, as it logs in a service."""
    root = logging.getLogger()
    before = root.handlers, root.level
    configure_logs("small", "info")
    written = io.StringIO()
    root.handlers[0].setStream(written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers, level = before
    root.setLevel(level)
    structlog.reset_defaults()


@asynccontextmanager
async def nothing_to_open(_app: FastAPI) -> AsyncIterator[None]:
    yield


async def _good() -> bool:
    return True


async def _broken() -> bool:
    raise ConnectionError("password=hunter2")


def small_service(**checks) -> httpx.AsyncClient:
    router = APIRouter()

    @router.post("/echo")
    async def echo(request: Request):
        return {"names": sorted(await read_object(request))}

    @router.get("/list")
    async def list_them(limit: Annotated[int, Query(ge=1, le=200)] = 50):
        return limit

    @router.get("/headers")
    async def headers(request: Request):
        return [idempotency_key(request.headers), version_seen(request.headers)]

    @router.get("/fails")
    async def fails():
        raise RuntimeError(f"call {SECRET}")

    @router.get("/absent")
    async def absent():
        raise Problem("absent")

    app = application(
        "small", title="Small", routers=[router], checks=checks, lifespan=nothing_to_open
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://small")


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.parametrize(
    ("method", "path", "body", "media_type", "status", "code"),
    [
        ("GET", "/nowhere", b"", None, 404, "absent"),
        ("GET", "/absent", b"", None, 404, "absent"),
        ("DELETE", "/echo", b"", None, 405, "method"),
        ("POST", "/echo", b"{}", "text/plain", 415, "not-json"),
        ("POST", "/echo", b"{", "application/json", 400, "bad-body"),
        ("POST", "/echo", b" " * (1024 * 1024 + 1), "application/json", 413, "too-large"),
        ("GET", "/list?limit=0", b"", None, 422, "bad-field"),
        ("GET", "/list?limit=x", b"", None, 422, "bad-field"),
        ("GET", "/headers", b"", None, 400, "bad-header"),
        ("GET", "/fails", b"", None, 500, "internal"),
    ],
)
@pytest.mark.anyio
async def test_every_error_is_a_problem_in_the_clients_language(
    method, path, body, media_type, *, status, code
):
    headers = {} if media_type is None else {"content-type": media_type}
    async with small_service() as client:
        for language in ("zh-CN,en;q=0.5", "en"):
            answer = await client.request(
                method, path, content=body, headers={**headers, "accept-language": language}
            )
            problem = answer.json()
            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/problem+json"
            assert problem["status"] == status
            assert problem["type"] == f"urn:redress:problem:{code}"
            assert prefers_chinese(language) == bool(re.search("[\u4e00-\u9fff]", problem["title"]))
            assert answer.headers["cache-control"] == "no-store"


@pytest.mark.anyio
async def test_a_body_without_length_is_counted_as_it_comes():
    async def endless():
        for _ in range(64):
            yield b" " * 65536

    async with small_service() as client:
        answer = await client.post(
            "/echo", content=endless(), headers={"content-type": "application/json"}
        )
    assert answer.status_code == 413


@pytest.mark.anyio
async def test_a_failure_inside_shows_and_logs_no_value(logged):
    async with small_service() as client:
        answer = await client.get("/fails", headers={"x-correlation-id": "abc-12345"})
    assert SECRET not in answer.text
    (line,) = logged()
    assert SECRET not in json.dumps(line)
    assert line["event"] == "request failed"
    assert line["exception"] == "RuntimeError"
    assert line["correlation_id"] == "abc-12345"
    assert any("test_edge.py" in place for place in line["places"])


@pytest.mark.anyio
async def test_the_fault_of_a_field_is_named_and_its_value_is_not():
    async with small_service() as client:
        answer = await client.get("/list?limit=13800138000", headers={"accept-language": "en"})
    assert answer.json()["errors"] == [
        {"field": "limit", "code": "out-of-range", "reason": "must lie between - and 200"}
    ]


@pytest.mark.parametrize(
    ("given", "chinese"),
    [("", True), ("*", True), ("en-GB", False), ("zh-Hans", True), ("fr, en;q=0.3", False),
     ("en;q=0.8,zh;q=0.9", True), ("zh;q=x,en", False), ("zh;q=0,en;q=0.1", False)],
)  # fmt: skip
def test_language_is_negotiated(given, chinese):
    assert prefers_chinese(given) == chinese


@pytest.mark.anyio
async def test_command_headers():
    key = "0190A5A0-0000-7000-8000-000000000001"
    async with small_service() as client:
        good = await client.get("/headers", headers={"idempotency-key": key, "if-match": '"7"'})
        assert good.json() == [key.lower(), 7]
        for bad in ("0", "-1", "*", 'W/"1"', "1,2", "\u0661".encode()):
            refused = await client.get(
                "/headers", headers={"idempotency-key": key, "if-match": bad}
            )
            assert refused.json()["errors"][0]["field"] == "If-Match"
        for bad in ("", "1", key + "0", "' OR 1=1"):
            refused = await client.get("/headers", headers={"idempotency-key": bad})
            assert refused.status_code == 400


@pytest.mark.anyio
async def test_a_correlation_id_is_kept_when_it_is_harmless():
    async with small_service() as client:
        kept = await client.get("/healthz", headers={"x-correlation-id": "abc-12345"})
        assert kept.headers["x-correlation-id"] == "abc-12345"
        made = await client.get("/healthz", headers={"x-correlation-id": "a b{}\\n"})
        assert re.fullmatch("[0-9a-f]{32}", made.headers["x-correlation-id"])


@pytest.mark.anyio
async def test_health_and_readiness():
    async with small_service(store=_good) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        assert (await client.get("/readyz")).status_code == 200
    async with small_service(store=_good, feed=_broken) as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"] == {"store": True, "feed": False}
        assert "hunter2" not in answer.text


@pytest.mark.anyio
async def test_metrics_count_by_route_and_not_by_path():
    async with small_service() as client:
        await client.get("/list?limit=7")
        await client.get("/13800138000")
        text = (await client.get("/metrics")).text
    assert 'redress_http_requests_total{method="GET",route="/list",service="small"' in text
    assert 'route="unrouted"' in text
    assert "13800138000" not in text
    assert "process_resident_memory_bytes" in text


@pytest.mark.anyio
async def test_the_pages_ask_no_other_host():
    async with small_service() as client:
        document = (await client.get("/openapi.json")).json()
        assert "/echo" in document["paths"]
        for path in ("/docs", "/docs/docs.js"):
            answer = await client.get(path)
            assert answer.status_code == 200
            assert "//" not in re.sub(r"^.*DOCTYPE.*$", "", answer.text)
        for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
            assert (await client.get(f"/docs/vendor/swagger-ui/{name}")).status_code == 200


def test_vendored_files_are_the_published_ones():
    (package,) = json.loads((VENDOR / "vendor.lock.json").read_text())
    kept = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "vendor.lock.json"
    }
    assert kept == package["files"]
