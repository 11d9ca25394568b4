"""`redress case`: the same case in the terminal and as a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from redress.failures import CommandError
from redress.main import run
from tests.analytics.enterprise import TEXT, Enterprise
from tests.services.world import NATIONAL


@pytest.fixture(autouse=True)
def asking(work: Enterprise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_ANALYTICS_URL", work.urls["analytics"])
    monkeypatch.setenv("REDRESS_TOKEN", work.token(NATIONAL))
    monkeypatch.setenv("COLUMNS", "200")


def told(*arguments: str) -> None:
    with pytest.raises(SystemExit) as left:
        run(["case", *arguments])
    assert left.value.code == 0


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-Hans", ("受理登记", "派单", "连续计时")),
        ("en", ("Complaint registered", "runs through")),
    ],
)
def test_a_case_is_shown_with_its_timeline_and_every_deadline_explained(
    work: Enterprise, capsys: pytest.CaptureFixture[str], language: str, words: tuple[str, ...]
):
    taken = work.complaint()
    work.settle(taken["complaint"])
    work.caught_up()
    told("show", taken["number"], "--language", language)
    shown = capsys.readouterr().out
    assert taken["number"] in shown
    for word in (*words, "henan/network", TEXT):
        assert word in shown


def test_a_case_is_exported_to_a_file_for_machines_and_to_print(work: Enterprise, tmp_path: Path):
    taken = work.complaint()["complaint"]
    told("export", taken, "-o", str(tmp_path / "case.json"))
    assert json.loads((tmp_path / "case.json").read_bytes())["format"] == "redress-case/1"
    told("export", taken, "--format", "html", "-o", str(tmp_path / "case.html"))
    assert "投诉处理案卷" in (tmp_path / "case.html").read_text(encoding="utf-8")


def test_a_case_that_is_not_there_is_said_in_one_line(work: Enterprise):
    with pytest.raises(CommandError, match="no such case"):
        run(["case", "show", "NO-SUCH-NUMBER"])
