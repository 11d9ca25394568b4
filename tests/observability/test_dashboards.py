"""The dashboards: what is checked in is what the code says, and every panel has something to show.

The product's own processes work on a simulation; Prometheus looks at them as shipped; then each
panel's query is asked of Prometheus, or of PostgreSQL as the dashboards' own role.
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import pytest
import yaml

from deploy.grafana.__main__ import FOLDER
from deploy.grafana.boards import BOARDS, text_of
from libs.access.identity import Subject, issue_token
from libs.events.postgres.logins import dsn_as
from redress.demo.play import Script, play
from redress.demo.stage import Stage
from redress.home import Home
from tests.observability.prometheus import Prometheus, looking_at

SOURCES = yaml.safe_load(
    Path("deploy/grafana/provisioning/datasources/redress.yaml").read_text(encoding="utf-8")
)["datasources"]
CHINESE = re.compile("[\u4e00-\u9fff]")
TEXTS = ["宽带断网三天", "话费多扣了", "客服一直没有回电"]


def stored(name: str) -> dict[str, Any]:
    board: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return board


def panels(name: str) -> list[dict[str, Any]]:
    return [panel for panel in stored(name)["panels"] if panel["type"] != "row"]


QUERIES = [
    pytest.param(target, id=f"{name}-{panel['title']}-{target['refId']}")
    for name in BOARDS
    for panel in panels(name)
    for target in panel["targets"]
]


@pytest.mark.parametrize("name", BOARDS)
def test_what_is_checked_in_is_what_the_code_says(name: str) -> None:
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert text == text_of(name), "run `python -m deploy.grafana`"


def test_no_dashboard_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(BOARDS)


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_is_fit_to_be_shown(name: str) -> None:
    board = stored(name)
    assert board["uid"] == f"redress-{name}"
    assert CHINESE.search(board["title"])
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    sources = {source["uid"]: source["type"] for source in SOURCES}
    for panel in board["panels"]:
        assert CHINESE.search(panel["title"])
    for panel in panels(name):
        assert panel["fieldConfig"]["defaults"]["unit"]
        for target in panel["targets"]:
            source = target["datasource"]
            assert sources[source["uid"]] == source["type"]
    assert not overlapping(board["panels"])


def overlapping(placed: list[dict[str, Any]]) -> bool:
    cells = [
        (x, y)
        for at in (panel["gridPos"] for panel in placed)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    return len(set(cells)) != len(cells) or max(x for x, _ in cells) >= 24


class Audience:
    """Nobody looks on."""

    def first(self, number: str) -> None: ...

    def scene(self, *_: object) -> None: ...


class Working:
    """The enterprise at work, and who looks at it."""

    def __init__(self, prometheus: Prometheus, database: str) -> None:
        self.prometheus, self.database = prometheus, database

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        expanded = sql.replace("$__timeFrom()", "timestamptz '2000-01-01'")
        expanded = expanded.replace("$__timeTo()", "timestamptz '2100-01-01'")
        assert "$" not in expanded
        with closing(psycopg2.connect(self.database)) as session, session.cursor() as cursor:
            cursor.execute(expanded)
            return cursor.fetchall()

    def shows(self, target: dict[str, Any]) -> bool:
        if "rawSql" in target:
            return any(row[-1] is not None for row in self.rows(target["rawSql"]))
        return self.prometheus.has(target["expr"].replace("$__rate_interval", "5m"))


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Working]:
    """The processes after some days of work, all of it seen by Prometheus."""
    home = Home(folder=tmp_path_factory.mktemp("home") / "var", outside_url=None)
    stage = Stage(home, speed=3000, base_port=0)
    try:
        clock, key = stage.prepare()
        stage.start(while_waiting=lambda: None)
        addresses = dict(stage.addresses)
        with looking_at(addresses, tmp_path_factory.mktemp("prometheus")) as prometheus:
            prometheus.until("sum(up) == 6")
            script = Script(per_second=4, most=14, finish_within_s=6.0, seed=3)
            asyncio.run(
                play(
                    home, addresses, script,
                    clock_state=clock, key=key, texts=TEXTS, audience=Audience(),
                    check=stage.check,
                )
            )  # fmt: skip
            refuse(addresses, issue_token(key, AGENT, timedelta(hours=1)))
            prometheus.until("sum(redress_rules_broken_total) > 0")
            prometheus.until("sum(redress_closures_counted) > 0")
            prometheus.until("sum(redress_watchdog_lateness_seconds_count) > 0")
            yield Working(prometheus, as_grafana(home))
    finally:
        stage.close()


AGENT = Subject(staff="s-agent", role="agent", unit="henan/hotline")


def refuse(addresses: dict[str, str], token: str) -> None:
    """A step that the rules forbid."""

    def send(url: str, body: dict[str, Any]) -> httpx.Response:
        key = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
        return httpx.post(url, json=body, headers=key, timeout=30)

    told = {"channel": "hotline", "content": TEXTS[0], "level": "provincial",
            "category": "on-net-quality", "business": "fixed-phone", "recorded": True,
            "customer_tier": "ordinary", "home": "henan"}  # fmt: skip
    taken = send(f"{addresses['intake']}/complaints", {"with": told})
    assert taken.status_code == 201, taken.text
    early = f"{addresses['dispatch']}/complaints/{taken.json()['complaint']}/close"
    assert send(early, {"with": {"outcome": "solved"}}).status_code == 409


def as_grafana(home: Home) -> str:
    """The database as the dashboards' role."""
    owner = home.owner_url()
    with closing(psycopg2.connect(owner)) as session, session, session.cursor() as cursor:
        cursor.execute("ALTER ROLE redress_grafana PASSWORD 'for-tests-only'")
    return dsn_as(owner, "redress_grafana", "for-tests-only")


@pytest.mark.parametrize("target", QUERIES)
def test_every_panel_has_something_to_show(working: Working, target: dict[str, Any]) -> None:
    assert working.shows(target)


def test_the_role_of_the_dashboards_reads_sums_and_nothing_else(working: Working) -> None:
    assert working.rows("SELECT count(*) FROM analytics.flow_by_day($__timeFrom(), $__timeTo())")
    for forbidden in (
        "SELECT 1 FROM analytics.cases",
        "SELECT 1 FROM events.events",
        "SELECT 1 FROM keys.case_keys",
        "CREATE TABLE analytics.own (a int)",
        "SELECT events.set_clock(NULL, 1)",
    ):
        with pytest.raises((psycopg2.errors.InsufficientPrivilege,
                            psycopg2.errors.ReadOnlySqlTransaction)):  # fmt: skip
            working.rows(forbidden)


def test_months_add_up_to_what_the_gauges_say(working: Working) -> None:
    ((months,),) = working.rows(
        "SELECT sum(counted) FROM analytics.closures_by_month($__timeFrom(), $__timeTo())"
    )
    counted = 'sum(redress_closures_counted{dimension="province",extensions="without"})'
    working.prometheus.until(f"{counted} == {months}")


def test_no_alert_is_off_by_its_query(working: Working) -> None:
    answer = httpx.get(f"{working.prometheus.url}/api/v1/rules").json()
    rules = [rule for group in answer["data"]["groups"] for rule in group["rules"]]
    assert rules
    assert {rule["name"]: rule["health"] for rule in rules if rule["health"] != "ok"} == {}
