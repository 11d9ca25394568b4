"""Metrics: declared in one place, there from the start, one answer for all workers of a service."""

from __future__ import annotations

import ast
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.parser import text_string_to_metric_families

from libs import metrics
from libs.casework.pasts import PastCases
from libs.casework.registry import REGISTRY
from libs.casework.regulations import Regulations
from libs.events.postgres.database import Database
from libs.events.postgres.sessionlease import SessionLease
from libs.events.postgres.store import EventStore
from services.analytics.figures import Figures
from services.analytics.gauges import LEASE, FigureGauges
from services.analytics.organisation import load_organisation
from tests.analytics.enterprise import PROCEDURES
from tests.services.test_process import free_port

NO_LABELS: frozenset[tuple[str, str]] = frozenset()
KINDS = {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}


def constructors(path: Path) -> set[str]:
    """The kinds of metrics this module makes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {
        name
        for each in named
        for name in (getattr(each, "id", None) or getattr(each, "attr", None),)
        if name in KINDS
    }


def test_every_metric_is_declared_in_one_file() -> None:
    files = [
        path for folder in ("libs", "services", "redress") for path in Path(folder).rglob("*.py")
    ]
    making = {
        str(path)
        for path in files
        if "prometheus_client" in path.read_text(encoding="utf-8") and constructors(path)
    }
    assert making == {"libs/metrics.py"}


def declared() -> list[Any]:
    kinds = (Counter, Gauge, Histogram)
    return [each for each in vars(metrics).values() if isinstance(each, kinds)]


def test_names_carry_the_product_and_a_unit_and_labels_name_nobody() -> None:
    for metric in declared():
        (family,) = metric.describe()
        assert re.fullmatch(r"redress_[a-z_]+", family.name)
        assert not re.search(r"(ratio|percent|milliseconds)", family.name)
        assert set(metric._labelnames) <= {
            "service", "method", "route", "status", "action", "outcome", "rule", "projection",
            "rung", "channel", "dimension", "value", "extensions", "province", "standing",
            "topic", "partition", "consumer",
        }, family.name  # fmt: skip


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def intake(
    module_database, role_dsn_of, tmp_path_factory
) -> Iterator[tuple[str, subprocess.Popen]]:
    """Intake with two worker processes."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")},
        "REDRESS_DATABASE_URL": role_dsn_of("redress_intake", module_database),
        "REDRESS_PORT": str(port),
        "REDRESS_WORKERS": "2",
        "REDRESS_KEYS": str(tmp_path_factory.mktemp("keys")),
        "TMPDIR": str(tmp_path_factory.mktemp("scratch")),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "services.intake.main"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    while not answers(f"{url}/readyz"):
        assert process.poll() is None
        time.sleep(0.05)
    yield url, process
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    # What the workers counted in goes with the service.
    assert list(Path(environment["TMPDIR"]).glob("redress-metrics-*")) == []


def answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


def workers(process: subprocess.Popen) -> list[int]:
    """Its worker processes: those that wrote metrics while alive."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [
        int(pid)
        for pid in children
        if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def test_whichever_worker_is_asked_it_answers_for_all(intake) -> None:
    url, process = intake
    asked = ("redress_http_requests_total", frozenset(
        {"service": "intake", "method": "GET", "route": "/healthz", "status": "200"}.items()
    ))  # fmt: skip
    before = samples(httpx.get(f"{url}/metrics").text)[asked]
    for _ in range(40):  # every one on a connection of its own: the kernel spreads them
        assert httpx.get(f"{url}/healthz").is_success
    told = [samples(httpx.get(f"{url}/metrics").text) for _ in range(8)]
    assert [each[asked] for each in told] == [before + 40] * 8
    # Both workers' memory, once the second has come up too.
    while samples(httpx.get(f"{url}/metrics").text)["process_resident_memory_bytes", NO_LABELS] < (
        1.2 * max(memory(pid) for pid in workers(process))
    ):
        time.sleep(0.1)


def memory(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_a_worker_that_died_leaves_its_counts_and_takes_its_gauges_along(intake) -> None:
    url, process = intake
    counted = ("redress_http_requests_total", frozenset(
        {"service": "intake", "method": "GET", "route": "/healthz", "status": "200"}.items()
    ))  # fmt: skip
    held = ("redress_cases_cached", frozenset({"service": "intake"}.items()))
    before = samples(httpx.get(f"{url}/metrics").text)
    victim = workers(process)[0]
    os.kill(victim, signal.SIGKILL)
    while Path(f"/proc/{victim}").exists() or not answers(f"{url}/healthz"):
        time.sleep(0.05)
    after = samples(httpx.get(f"{url}/metrics").text)
    assert after[counted] >= before[counted]
    assert after[held] == 0.0


def test_what_has_not_happened_yet_reads_nought(intake) -> None:
    url, _ = intake
    told = samples(httpx.get(f"{url}/metrics").text)
    for outcome in ("done", "repeated", "refused"):
        labels = {"service": "intake", "action": "register", "outcome": outcome}
        assert told["redress_commands_total", frozenset(labels.items())] == 0.0
    labels = {"service": "intake", "method": "POST", "route": "/complaints", "status": "500"}
    assert told["redress_http_requests_total", frozenset(labels.items())] == 0.0


@pytest.fixture
def replicas(fresh_database, role_dsn) -> Iterator[list[tuple[FigureGauges, SessionLease]]]:
    """Two replicas of what tells the figures, on one store."""
    with closing(
        Database(role_dsn("redress_analytics"), application_name="test-figures")
    ) as database:
        organisation = load_organisation(PROCEDURES / "organisation" / "sample.yaml", "national")
        leases = [SessionLease(database, LEASE) for _ in range(2)]
        regulations = Regulations(PROCEDURES)
        store = EventStore(database, service="analytics", registry=REGISTRY)
        figures = Figures(database, PastCases(store, regulations))
        yield [(FigureGauges(figures, organisation, regulations, lease), lease) for lease in leases]
        for lease in leases:
            lease.release()


def told_figures() -> int:
    return sum(len(family.samples) for gauge in metrics.FIGURES for family in gauge.collect())


def test_the_replica_with_the_lease_tells_the_figures_and_no_other(replicas) -> None:
    (first, lease), (second, _) = replicas
    for gauge in metrics.FIGURES:
        gauge.clear()
    first.refresh()
    everything = told_figures()
    assert everything > 0
    assert metrics.FIGURES_LEADING._value.get() == 1.0
    for gauge in metrics.FIGURES:
        gauge.clear()
    second.refresh()
    assert told_figures() == 0
    lease.release()
    while told_figures() == 0:  # until the server has noticed that the session has ended
        second.refresh()
    assert told_figures() == everything


def test_a_replica_whose_session_ended_tells_nothing_more(replicas, fresh_database) -> None:
    (first, _), (second, _) = replicas
    first.refresh()
    owner = Database(fresh_database, application_name="test-owner")
    with closing(owner), owner.transaction() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        )
    # Frozen meanwhile, another took the lease; the first finds out at its next look.
    while not second._lease.held():
        time.sleep(0.02)
    first.refresh()
    assert told_figures() == 0


def test_the_thread_gives_the_lease_back(replicas) -> None:
    (first, _), (_, lease) = replicas
    stop = threading.Event()
    thread = threading.Thread(target=first.run, args=(stop,))
    thread.start()
    while lease.held():
        lease.release()
    stop.set()
    thread.join()
    while not lease.held():
        time.sleep(0.02)
