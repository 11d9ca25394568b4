"""The console stops promptly although tabs hold their live streams open."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tests.analytics.enterprise import Enterprise, wait_until
from tests.services.test_process import free_port
from tests.services.world import NATIONAL


def test_an_open_stream_ends_when_the_console_is_told_to_stop(work: Enterprise, tmp_path: Path):
    port = free_port()
    settings = {
        "REDRESS_PORT": str(port),
        "REDRESS_ANALYTICS_URL": work.urls["analytics"],
        "REDRESS_DISPATCH_URL": work.urls["dispatch"],
        "REDRESS_HOME": str(tmp_path),
    }
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "services.console.main"], env={**os.environ, **settings}
    )
    try:
        wait_until(lambda: _ready(url), 60)
        cookies = {"redress_token": work.token(NATIONAL)}
        with (
            httpx.Client(timeout=60) as tab,
            tab.stream("GET", f"{url}/board/live", cookies=cookies) as live,
        ):
            lines = live.iter_lines()
            assert next(lines) == "event: board"
            process.send_signal(signal.SIGTERM)
            assert any("</div>" in line for line in lines)
        assert process.wait(60) == 0
    finally:
        process.kill()


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").is_success
    except httpx.HTTPError:
        return False
