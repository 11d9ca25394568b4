"""Intake as a process of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def intake_running(
    dsn: str, folder: Path, procedures: Path, port: int
) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m services.intake.main`, ready; keys are in `folder`; killed at the end."""
    address = folder / "database-url"
    address.write_text(dsn + "\n")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")},
        "REDRESS_DATABASE_URL_FILE": str(address),
        "REDRESS_PORT": str(port),
        "REDRESS_KEYS": str(folder / "keys"),
        "REDRESS_PROCEDURES": str(procedures),
        "REDRESS_DEFAULT_PROCEDURE": "small",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "services.intake.main"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}")
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _wait_until_ready(url: str) -> None:
    for _ in range(600):
        try:
            if httpx.get(f"{url}/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.05)
