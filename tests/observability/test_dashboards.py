"""The dashboards: what is checked in is what the code says, and fit to be shown.

Whether every panel has something to show is seen in tests/compose, where the product runs.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.__main__ import FOLDER
from deploy.grafana.boards import BOARDS, text_of

SOURCES = yaml.safe_load(
    Path("deploy/grafana/provisioning/datasources/redress.yaml").read_text(encoding="utf-8")
)["datasources"]
CHINESE = re.compile("[\u4e00-\u9fff]")


def stored(name: str) -> dict[str, Any]:
    board: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return board


def panels(name: str) -> list[dict[str, Any]]:
    return [panel for panel in stored(name)["panels"] if panel["type"] != "row"]


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
