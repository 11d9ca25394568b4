"""The wizard: a map proposed from titles and words; the page about imports tells the truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from redress.commands.import_ import app
from redress.imports.asking import Wizard
from services.intake.imports.ledger import Format
from services.intake.imports.proposing import propose_targets, propose_word, unit_names
from tests.imports.desk import REGULATIONS, Desk
from tests.imports.ledgers import SECRETS, TITLES, closed_rows, write_csv, write_workbook

PROCEDURE = REGULATIONS.current("telecom-complaint").procedure
UNITS = unit_names(Path("procedures/organisation"))
PAGE = Path("docs/import.md").read_text(encoding="utf-8")


def test_chinese_titles_say_what_they_are() -> None:
    assert propose_targets(TITLES, PROCEDURE) == {
        "投诉编号": "number", "登记时间": "register.at", "受理部门": "register.unit",
        "受理渠道": "register.channel", "客户姓名": "register.complainant",
        "联系电话": "register.contact", "投诉内容": "register.content",
        "投诉级别": "register.level", "投诉类别": "register.category",
        "派单时间": "issue_order.at", "责任部门": "issue_order.to", "反馈时间": "feed_back.at",
        "答复时间": "answer.at", "结案时间": "close.at", "处理结果": "close.outcome",
        "回访时间": "revisit.at", "满意度": "revisit.satisfaction",
    }  # fmt: skip


def test_english_titles_too_and_what_nobody_knows_is_left() -> None:
    assert propose_targets(["Ticket ID", "Created At", "Shoe size", "Channel"], PROCEDURE) == {
        "Ticket ID": "number",
        "Created At": "register.at",
        "Shoe size": None,
        "Channel": "register.channel",
    }


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("河南", "henan"),
        ("河南省", "henan"),
        ("河南网络维护部", "henan/network"),
        ("henan/billing", "henan/billing"),
        ("河南某不知名部门", None),
        ("火星", None),
    ],
)
def test_names_of_units_become_paths_or_are_asked(word: str, path: str | None) -> None:
    field = PROCEDURE.fields["register"]["home"]
    assert propose_word(word, "register.unit", field, PROCEDURE, UNITS) == path


def test_without_questions_the_map_is_whole_but_for_what_it_marks(tmp_path: Path) -> None:
    ledger = write_workbook(tmp_path / "old.xlsx", closed_rows(200))
    wizard = Wizard(ledger, Format(), PROCEDURE, UNITS, ask=None)
    text = wizard.map_text("old-desk")
    assert not any(secret in text for secret in SECRETS)
    told = yaml.safe_load(text)
    assert [step["do"] for step in told["steps"]] == [
        "register", "issue_order", "feed_back", "answer", "close", "revisit",
    ]  # fmt: skip
    assert told["steps"][1]["unit"]["values"]["河南"] == "henan/centre"
    assert told["steps"][0]["with"]["level"]["values"]["省级"] == "provincial"
    # The departments of this ledger have names of their own.
    assert wizard.proposal(text).open_words == 3


def test_answers_complete_the_map_and_the_ledger_comes_in_with_it(
    desk: Desk, tmp_path: Path
) -> None:
    rows = [{**row} for row in closed_rows(20)]
    ledger = write_csv(tmp_path / "old.csv", rows, "gb18030")
    asked: list[str] = []

    def ask(question: str, **_: object) -> str:
        asked.append(question)
        return "Nowhere!" if len(asked) == 1 else "henan/network"

    wizard = Wizard(ledger, Format(), PROCEDURE, UNITS, ask=ask)
    assert len(asked) == 4, "an answer that does not fit is asked again"
    assert asked[1].startswith("it must be a unit's path")
    job = desk.job(ledger, wizard.map_text("old-desk"))
    assert desk.check(job).faults == {}
    assert desk.bring_in(job, 20).streams == 20


def test_the_command_writes_the_map_and_answers_programs(tmp_path: Path) -> None:
    ledger = write_csv(tmp_path / "old.csv", closed_rows(3))
    output = tmp_path / "map.yaml"
    ran = CliRunner().invoke(app, ["map", str(ledger), "-o", str(output), "--no-ask", "--json"])
    assert ran.exit_code == 0, ran.output
    assert yaml.safe_load(output.read_text(encoding="utf-8"))["number"] == "投诉编号"
    assert '"columns":{"投诉编号":"number"' in ran.stdout


def test_the_ledger_and_the_map_of_the_page_fit_each_other(desk: Desk, tmp_path: Path) -> None:
    blocks = dict(re.findall(r"```(csv|yaml)\n(.*?)```", PAGE, re.DOTALL))
    ledger = tmp_path / "page.csv"
    ledger.write_text(blocks["csv"], encoding="utf-8")
    job = desk.job(ledger, blocks["yaml"])
    assert desk.check(job).faults == {}
    desk.bring_in(job, 3)
    cases = [desk.case(stream).case for stream in desk.streams()]
    assert sorted((case.number, case.status) for case in cases) == [
        ("TS-2025-0001", "closed"), ("TS-2025-0002", "closed"), ("TS-2025-0003", "open"),
    ]  # fmt: skip
