"""A real Prometheus (Debian's) with the shipped configuration, looking at processes here."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from tests.real_parts import absent
from tests.services.test_process import free_port

SHIPPED = Path("deploy/prometheus")


def program(name: str) -> str:
    """`prometheus` or `promtool`."""
    found = shutil.which(name)
    if found is None:
        absent(name, "apt-get install prometheus")
    return found


def configuration(addresses: Mapping[str, str], every: str = "1s") -> dict[str, Any]:
    """The shipped configuration, its services found at these addresses and looked at so often."""
    config = yaml.safe_load((SHIPPED / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] |= {"scrape_interval": every, "scrape_timeout": every,
                         "evaluation_interval": every}  # fmt: skip
    for job in config["scrape_configs"]:
        (found,) = job.pop("dns_sd_configs")
        (name,) = found["names"]
        job["static_configs"] = [{"targets": [urlsplit(addresses[name]).netloc]}]
    return config


class Prometheus:
    """A running one."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, expression: str) -> list[dict[str, Any]]:
        """The result of an instant query."""
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": expression}, timeout=30)
        found = answer.json()
        assert found["status"] == "success", (expression, found)
        data = found["data"]
        return [{"value": data["result"]}] if data["resultType"] == "scalar" else data["result"]

    def has(self, expression: str) -> bool:
        """Whether the expression has a value that is a number."""
        return any(each["value"][1] not in {"NaN", "+Inf", "-Inf"} for each in self.ask(expression))

    def until(self, expression: str, seconds: float = 60) -> None:
        """Wait until the expression has a value; the deadline is for a broken product."""
        by = time.monotonic() + seconds
        while not self.has(expression):
            assert time.monotonic() < by, f"never: {expression}"
            time.sleep(0.25)


@contextmanager
def looking_at(addresses: Mapping[str, str], folder: Path) -> Iterator[Prometheus]:
    """Prometheus with the shipped rules, its data in `folder`; stopped at the end."""
    shutil.copy(SHIPPED / "alerts.yml", folder)
    config = folder / "prometheus.yml"
    config.write_text(yaml.safe_dump(configuration(addresses)), encoding="utf-8")
    port = free_port()
    process = subprocess.Popen(
        [program("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}",
         f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        running = Prometheus(f"http://127.0.0.1:{port}")
        while not _ready(running.url):
            assert process.poll() is None, "Prometheus ended"
            time.sleep(0.05)
        yield running
    finally:
        process.terminate()
        process.wait(timeout=30)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready").is_success
    except httpx.TransportError:
        return False
