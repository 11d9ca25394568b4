"""The figures of a period through the API and the command line, counted from the streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from redress.main import run
from tests.analytics.enterprise import Enterprise, enterprise
from tests.services.world import NATIONAL


@pytest.fixture
def work(
    fresh_database: str, role_dsn_of: Callable[[str, str], str], tmp_path: Path
) -> Iterator[Enterprise]:
    with enterprise(fresh_database, role_dsn_of, tmp_path) as working:
        yield working


def figures(work: Enterprise, **query: str) -> dict[str, dict[str, Any]]:
    found = work.read("/indicators/telecom-complaint", period="2026-03", **query)
    return {figure["id"]: figure for figure in found["figures"]}


def test_figures_are_counted_over_the_period_and_told_apart_by_a_field(
    work: Enterprise, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    settled = work.complaint()["complaint"]
    work.complaint("hebei", level="general")
    before = work.now()
    work.pass_hours(0.2)
    work.settle(settled)
    work.caught_up()
    found = figures(work, by="level")
    on_time = found["on-time-closure"]
    assert (on_time["numerator"], on_time["denominator"], on_time["value"]) == (1, 2, 0.5)
    assert [(row["key"], row["numerator"]) for row in on_time["rows"]] == [
        ("general", 0),
        ("provincial", 1),
    ]
    assert found["order-flow-timeliness"]["links"]["fill"] == {
        "numerator": 2, "denominator": 2, "value": 1.0, "met": None,
    }  # fmt: skip
    assert not found["complaint-rate"]["counted"]
    rate = figures(work, customers="1000")["complaint-rate"]
    assert (rate["numerator"], rate["denominator"]) == (2, 1000)
    as_it_was = figures(work, as_of=(before + timedelta(minutes=5)).isoformat())
    assert as_it_was["on-time-closure"]["numerator"] == 0
    monkeypatch.setenv("REDRESS_ANALYTICS_URL", work.urls["analytics"])
    monkeypatch.setenv("REDRESS_TOKEN", work.token(NATIONAL))
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit) as left:
        run(["indicators", "telecom-complaint", "--period", "2026-03", "--by", "province"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    for part in ("50.00 %", "1/2", "henan", "hebei"):
        assert part in shown


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("no-such", {"period": "2026-03"}, "procedure"),
        ("telecom-complaint", {"period": "spring"}, "period"),
        ("telecom-complaint", {"period": "2026-03", "by": "shoe-size"}, "by"),
    ],
)
def test_what_is_not_known_is_refused_by_name(
    work: Enterprise, path: str, query: dict[str, str], field: str
):
    headers = {"Authorization": f"Bearer {work.token(NATIONAL)}"}
    answer = work.analytics.get(f"/indicators/{path}", params=query, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
