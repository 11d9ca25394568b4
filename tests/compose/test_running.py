"""Every container's command, environment, user and health check, run against the real parts."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import psycopg2.errors
import pytest
from psycopg2 import sql

from deploy.grafana.boards import BOARDS
from libs.events.postgres.databases import create_database
from libs.events.postgres.logins import dsn_as
from libs.events.postgres.simulation import Simulation
from redress.local.postgres import PostgresServer
from redress.local.processes import MODULES
from redress.local.supervision import answers
from tests.brokers import broker
from tests.compose.containers import Stack, services
from tests.observability.prometheus import Prometheus, looking_at
from tests.observability.test_dashboards import panels
from tests.redis.conftest import program as redis_program
from tests.services.test_process import free_port

QUERIES = [
    pytest.param(target, id=f"{name}-{panel['title']}-{target['refId']}")
    for name in BOARDS
    for panel in panels(name)
    for target in panel["targets"]
]
FASTER = 3000.0
# Measures nothing: a busy machine may be slow, a broken product is to end the test.
LONG_ENOUGH_S = 120
pytestmark = pytest.mark.timeout(900)
TOLD = {"channel": "hotline", "content": "宽带断网三天", "level": "provincial",
        "category": "on-net-quality", "business": "fixed-phone", "recorded": True,
        "customer_tier": "ordinary", "home": "henan"}  # fmt: skip


class Running:
    """The installation at work."""

    def __init__(self, stack: Stack, prometheus: Prometheus, owner: str) -> None:
        self.stack, self.prometheus, self.owner = stack, prometheus, owner
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def token(self, role: str, unit: str) -> str:
        made = self.stack.run(
            "intake",
            ["python", "-m", "redress", "token", "--staff", f"s-{role}", "--role", role,
             "--unit", unit],
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def write(self, service: str, path: str, body: dict[str, Any]) -> httpx.Response:
        """A step of an agent of Henan, over HTTP."""
        headers = {"Authorization": f"Bearer {self.agent}", "Idempotency-Key": str(uuid.uuid4())}
        url = f"{self.stack.address(service)}/{path}"
        return httpx.post(url, json=body, headers=headers, timeout=LONG_ENOUGH_S)

    @cached_property
    def agent(self) -> str:
        return self.token("agent", "henan/hotline")

    def seen(self, expression: str) -> None:
        """Wait until Prometheus sees it."""
        self.prometheus.until(expression, seconds=180)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What PostgreSQL answers to a panel, as Grafana would ask."""
        expanded = query.replace("$__timeFrom()", "timestamptz '2000-01-01'")
        expanded = expanded.replace("$__timeTo()", "timestamptz '2100-01-01'")
        assert "$" not in expanded
        password = (self.stack.folder / "secrets-grafana" / "database-password").read_text()
        url = dsn_as(self.owner, "redress_grafana", password)
        with closing(psycopg2.connect(url)) as session, session.cursor() as cursor:
            cursor.execute(expanded)
            return cursor.fetchall()

    def shows(self, target: dict[str, Any]) -> bool:
        """Whether a panel's query has an answer, at once or as the simulation's time goes on:
        nobody works any more, so what is open becomes overdue within a minute.
        """
        if "rawSql" in target:
            return any(row[-1] is not None for row in self.rows(target["rawSql"]))
        expression = target["expr"].replace("$__rate_interval", "5m")
        by = time.monotonic() + LONG_ENOUGH_S
        while not self.prometheus.has(expression) and time.monotonic() < by:
            time.sleep(0.25)
        return self.prometheus.has(expression)

    def end(self) -> None:
        """Stop everything as compose would; each ends by itself, with 0."""
        for process in self.processes.values():
            process.terminate()
        left = {}
        for name, process in self.processes.items():
            try:
                left[name] = process.wait(timeout=LONG_ENOUGH_S)
            except subprocess.TimeoutExpired:
                process.kill()
                left[name] = process.wait()
        assert set(left.values()) <= {0}, left


def owner_of(stack: Stack, server: PostgresServer) -> str:
    """The database and its owner's password as the image would set them from its environment."""
    told = services()["postgres"]["environment"]
    password = Path(stack.translated("postgres", told["POSTGRES_PASSWORD_FILE"])).read_text()
    url = create_database(server.dsn("postgres"), told["POSTGRES_DB"])
    with closing(psycopg2.connect(url)) as session, session, session.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}").format(
                sql.Identifier(told["POSTGRES_USER"]), sql.Literal(password)
            )
        )
    return dsn_as(url, told["POSTGRES_USER"], password)


@contextmanager
def redis_of(stack: Stack) -> Iterator[None]:
    """The container's command with a server of this machine, at our port."""
    command = stack.command("redis")
    command[0] = redis_program()
    process = subprocess.Popen(
        [*command, "--port", str(stack.port("redis:6379")), "--bind", "127.0.0.1",
         "--dir", str(stack.folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def done(stack: Stack, job: str) -> str:
    ran = stack.run(job)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The volumes, in a folder that the image's user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="redress-compose-"))
    folder.chmod(0o755)
    return Stack(folder)


@pytest.fixture(scope="module")
def running(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Everything, started in the order of depends_on; what is left is ended."""
    with ExitStack() as parts:
        parts.callback(shutil.rmtree, stack.folder)
        done(stack, "secrets")
        server = PostgresServer(tmp_path_factory.mktemp("postgres"))
        parts.callback(server.stop)
        server.start(stack.port("postgres:5432"))
        owner = owner_of(stack, server)
        stack.ports["kafka:9092"] = int(parts.enter_context(broker()).rpartition(":")[2])
        parts.enter_context(redis_of(stack))
        for job in ("migrate", "topics", "simulation"):
            done(stack, job)
        addresses = {name: stack.address(name) for name in MODULES}
        prometheus = parts.enter_context(
            looking_at(addresses, tmp_path_factory.mktemp("prometheus"))
        )
        working = Running(stack, prometheus, owner)
        parts.callback(working.end)
        for name in MODULES:
            working.processes[name] = stack.start(name)
        for name in MODULES:
            while not answers(addresses[name]):
                assert working.processes[name].poll() is None, stack.log(name)
                time.sleep(0.2)
        play(working)
        yield working


def play(running: Running) -> None:
    """Some days of the demo's work, seen by Prometheus; then the demo is stopped as by compose."""
    with Simulation(running.owner) as clock:
        clock.run_at(FASTER)
    demo = running.stack.start("demo")
    try:
        running.seen("sum(redress_closures_counted) > 0")
        running.seen("sum(redress_watchdog_lateness_seconds_count) > 0")
        demo.terminate()
        assert demo.wait(timeout=LONG_ENOUGH_S) == 0, running.stack.log("demo")
    finally:
        demo.kill()
        demo.wait()
    refuse(running)
    running.seen("sum(redress_rules_broken_total) > 0")


def refuse(running: Running) -> None:
    """A step that the rules forbid."""
    taken = running.write("intake", "complaints", {"with": TOLD})
    assert taken.status_code == 201, taken.text
    early = f"complaints/{taken.json()['complaint']}/close"
    assert running.write("dispatch", early, {"with": {"outcome": "solved"}}).status_code == 409


def test_every_service_is_healthy_by_its_own_check(running: Running) -> None:
    """And a check that passes for a service that is away would be none."""
    assert [name for name in MODULES if not running.stack.healthy(name)] == []
    away = Stack.__new__(Stack)
    away.__dict__ = {**running.stack.__dict__, "ports": dict(running.stack.ports)}
    away.ports[f"intake:{services()['intake']['environment']['REDRESS_PORT']}"] = free_port()
    assert not away.healthy("intake")


def test_processes_run_as_the_image_s_user(running: Running) -> None:
    if running.stack.user is None:
        pytest.skip("only root can become another user")
    for process in running.processes.values():
        told = Path(f"/proc/{process.pid}/status").read_text()
        user = running.stack.user
        assert f"Uid:\t{user}\t{user}\t{user}\t{user}" in told
        assert "NoNewPrivs:\t1" in told


def test_passwords_are_drawn_once(running: Running) -> None:
    def content() -> dict[str, bytes]:
        files = running.stack.folder.glob("secrets-*/*")
        return {str(path): path.read_bytes() for path in files}

    before = content()
    assert "passwords made: 0" in done(running.stack, "secrets")
    assert content() == before
    assert len(before) > 20
    modes = {path.name: stat.S_IMODE(path.stat().st_mode)
             for path in (running.stack.folder / "secrets-intake").iterdir()}  # fmt: skip
    assert modes == {"database-url": 0o400, "redis-url": 0o400}


def test_jobs_may_be_repeated(running: Running) -> None:
    assert "the schema is up to date" in done(running.stack, "migrate")
    assert "all declared topics are there" in done(running.stack, "topics")
    done(running.stack, "simulation")


def test_a_complaint_goes_all_the_way(running: Running) -> None:
    taken = running.write("intake", "complaints", {"with": TOLD})
    assert taken.status_code == 201, taken.text
    number = taken.json()["number"]
    director = running.token("director", "national")
    by = time.monotonic() + LONG_ENOUGH_S
    while number not in (page := cases(running, director)):
        assert time.monotonic() < by, page
        time.sleep(0.2)
    assert (
        b"redress_http_requests_total"
        in httpx.get(f"{running.stack.address('console')}/metrics").content
    )


def cases(running: Running, token: str) -> str:
    """The console's list of cases, as a browser would get it."""
    answer = httpx.get(
        f"{running.stack.address('console')}/cases",
        cookies={"redress_token": token},
        timeout=LONG_ENOUGH_S,
    )
    return answer.text


def test_the_demo_has_left_accounts_to_look_around(running: Running) -> None:
    assert (running.stack.folder / "run" / "demo-accounts.json").exists()


def test_prometheus_sees_every_service(running: Running) -> None:
    running.prometheus.until(f"sum(up) == {len(MODULES)}")
    running.prometheus.until("sum(redress_relay_leading) == 1")
    running.prometheus.until("sum(redress_figures_leading) == 1")


@pytest.mark.parametrize("target", QUERIES)
def test_every_panel_has_something_to_show(running: Running, target: dict[str, Any]) -> None:
    assert running.shows(target)


def test_the_role_of_the_dashboards_reads_sums_and_nothing_else(running: Running) -> None:
    assert running.rows("SELECT count(*) FROM analytics.flow_by_day($__timeFrom(), $__timeTo())")
    for forbidden in (
        "SELECT 1 FROM analytics.cases",
        "SELECT 1 FROM events.events",
        "SELECT 1 FROM keys.case_keys",
        "CREATE TABLE analytics.own (a int)",
        "SELECT events.declare_simulation(now(), 1)",
    ):
        with pytest.raises((psycopg2.errors.InsufficientPrivilege,
                            psycopg2.errors.ReadOnlySqlTransaction)):  # fmt: skip
            running.rows(forbidden)


def test_no_alert_is_off_by_its_query(running: Running) -> None:
    answer = httpx.get(f"{running.prometheus.url}/api/v1/rules").json()
    rules = [rule for group in answer["data"]["groups"] for rule in group["rules"]]
    assert rules
    assert {rule["name"]: rule["health"] for rule in rules if rule["health"] != "ok"} == {}


def test_each_process_stays_well_below_its_limit(running: Running) -> None:
    used = {name: memory(process.pid) for name, process in running.processes.items()}
    limits = {name: int(services()[name]["mem_limit"]) for name in used}
    assert {name: used[name] for name in used if used[name] > 0.85 * limits[name]} == {}


def memory(pid: int) -> int:
    """Most memory it ever held, in bytes."""
    told = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert told
    return int(told[1]) * 1024


def test_no_log_holds_a_password(running: Running) -> None:
    passwords = [path.read_text() for path in running.stack.folder.glob("*/*-password")]
    assert passwords
    for name in running.processes:
        assert not any(password in running.stack.log(name) for password in passwords)
