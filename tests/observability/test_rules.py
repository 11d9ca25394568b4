"""The shipped configuration and alert rules, judged by Prometheus' own tool."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.observability.prometheus import SHIPPED, program

RULES = yaml.safe_load((SHIPPED / "alerts.yml").read_text(encoding="utf-8"))
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]


@pytest.mark.parametrize(
    "command",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts.test.yml"),
    ],
    ids=" ".join,
)
def test_promtool_is_content(command: tuple[str, ...]) -> None:
    ran = subprocess.run(
        [program("promtool"), *command], cwd=SHIPPED, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_alert_is_seen_firing_and_silent() -> None:
    tests = yaml.safe_load((SHIPPED / "alerts.test.yml").read_text(encoding="utf-8"))["tests"]
    well, ill = tests
    names = {alert["alert"] for alert in ALERTS}
    assert {case["alertname"] for case in well["alert_rule_test"]} == names
    expected = str(ill["promql_expr_test"])
    assert {name for name in names if name not in expected} == set()


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_says_what_it_is_how_bad_and_what_to_do(alert) -> None:
    assert alert["labels"]["severity"] in {"page", "ticket", "note"}
    told = alert["annotations"]
    assert re.search("[\u4e00-\u9fff]", told["summary"])
    assert told["description"]
    page, _, anchor = told["runbook"].partition("#")
    headings = re.findall(r"^### (.+)$", Path(page).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in {heading.lower() for heading in headings}
    assert alert["alert"] in headings
