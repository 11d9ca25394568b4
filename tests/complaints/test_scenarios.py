# ruff: noqa: E501 - tables of cases are read line by line
"""The player of told cases: what passes, and how the first difference is told."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from libs.complaints.scenarios import run_file
from libs.procedures.schema import ProcedureBook
from redress.commands import procedure as procedure_command
from redress.commands import scenario as scenario_command
from tests.complaints.story import CLOCKS, DAYS, HEAD

RULES = """
numbering: {pattern: 'YYMM##', resets: monthly, given_at: ComplaintAccepted}
rules:
  - {id: by-desk, kind: only, title: {zh: 前台结案, en: The desk closes}, source: '1', applies: close,
     needs: {with: {outcome: [solved, not-solved]}, post: duty-manager}}
"""
TOLD = """
scenario: told
procedure: house
times: Asia/Shanghai
given: {last_number: '260398'}
steps:
  - {at: '2026-03-02 09:00', do: register, by: agent, unit: pearl/desk, with: {channel: desk, mood: angry, arrived_at: '2026-03-02 08:00'}}
  - {at: '2026-03-02 09:00', do: accept, by: centre, unit: pearl/desk}
  - {at: '2026-03-02 17:00', do: issue_order, by: centre, unit: pearl/desk, to: pearl/bar}
  - {at: '2026-03-02 18:00', do: close, by: manager, unit: pearl/desk, refused: true, because: by-desk - no post}
  - {at: '2026-03-02 18:00', do: close, by: manager, unit: pearl/desk, with: {outcome: sold, post: duty-manager}, refused: true, because: by-desk - unknown}
  - {at: '2026-03-03 09:00', do: answer, by: agent, unit: pearl/desk}
check_at: '2026-03-03 10:00'
expect:
  status: answered
  number: '260399'
  clocks:
    - {clock: answer, state: met, due: '2026-03-03 09:00', warn: '2026-03-03 06:36', met_at: '2026-03-03 09:00', warned: true, missed: false}
    - {clock: handle, order: A, state: missed, due: '2026-03-03 01:00', warn: '2026-03-02 21:00', warned: true, missed: true}
  events_include: [ComplaintRegistered, OrderIssued, DeadlineWarned, OrderUrged, DeadlineMissed, DeadlineWarned, CustomerAnswered]
  events_exclude: [ComplaintClosed]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "procedures").mkdir()
    (tmp_path / "procedures" / "house.yaml").write_text(HEAD + CLOCKS + RULES, encoding="utf-8")
    return tmp_path


def played(folder, text):
    path = folder / "told.yaml"
    path.write_text(text, encoding="utf-8")
    return run_file(path, ProcedureBook(folder / "procedures"), DAYS)


def test_a_case_that_comes_out_as_told_passes(folder):
    result = played(folder, TOLD)

    assert result.difference is None
    assert result.passed


DIFFERENCES = [
    ("status: answered", "status: closed", "status is answered, expected closed"),
    ("number: '260399'", "number: '260400'", "number is 260399, expected 260400"),
    ("number: '260399'", "number: null", "number is 260399, expected None"),
    ("state: met", "state: open", "state is met, expected open"),
    ("warn: '2026-03-03 06:36'", "warn: '2026-03-03 06:37'", "warn is 2026-03-03 06:36"),
    ("met_at: '2026-03-03 09:00'", "met_at: '2026-03-03 09:01'", "met_at is 2026-03-03 09:00"),
    ("warned: true, missed: false", "warned: false, missed: false", "warned is True"),
    ("due: '2026-03-03 09:00'", "due: '2026-03-03 09:01'", "no run due 2026-03-03 09:01"),
    ("order: A, state", "order: B, state", "runs found: none"),
    ("[ComplaintRegistered, OrderIssued", "[OrderIssued, OrderIssued", "no OrderIssued in its place"),
    ("[ComplaintClosed]", "[DeadlineMissed]", "there is a DeadlineMissed"),
    ("because: by-desk - no post", "because: other - x", "refused by by-desk, not by other"),
    (", refused: true, because: by-desk - no post", "", "was refused by by-desk (The desk closes)"),
    ("unit: pearl/desk}\ncheck", "unit: pearl/desk, refused: true}\ncheck", "was allowed"),
    ("with: {outcome: sold, post: duty-manager}, refused: true, because: by-desk - unknown", "with: {outcome: 1}", "outcome must be one of"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "changed", "difference"), DIFFERENCES)
def test_the_first_difference_is_told(folder, told, changed, difference):
    assert told in TOLD
    result = played(folder, TOLD.replace(told, changed, 1))

    assert difference in (result.difference or "")
    assert not result.passed


AT_DUE = """
scenario: at-due
procedure: house
times: Asia/Shanghai
steps:
  - {at: '2026-03-02 09:00', do: register, by: agent, unit: pearl/desk}
check_at: '2026-03-03 09:00'
expect:
  status: open
  clocks: [{clock: answer, state: open, due: '2026-03-03 09:00', warned: true, missed: false}]
  events_exclude: [DeadlineMissed]
"""


def test_at_the_due_minute_the_watchdog_has_not_looked_yet(folder):
    missed = AT_DUE.replace("check_at: '2026-03-03 09:00'", "check_at: '2026-03-03 09:01'")

    assert played(folder, AT_DUE).difference is None
    assert "state is missed, expected open" in played(folder, missed).difference


@pytest.mark.parametrize(
    ("told", "changed", "reason"),
    [
        ("do: register", "do: registr", "did you mean 'register'"),
        ("procedure: house", "procedure: hous", "did you mean 'house'"),
        ("'2026-03-02 09:00'", "'2026-03-02'", "2026-03-02 09:00"),
        ("check_at", "checked_at", "check_at"),
    ],
)
def test_a_file_that_cannot_be_played_fails_with_the_reason(folder, told, changed, reason):
    result = played(folder, TOLD.replace(told, changed, 1))

    assert result.outcome == "failed"
    assert reason in (result.difference or "")


def test_the_command_counts_and_fails(folder):
    played(folder, TOLD)
    (folder / "other.yaml").write_text(TOLD.replace("answered", "closed"), encoding="utf-8")
    (folder / "figures.yaml").write_text("cases: []\n", encoding="utf-8")
    arguments = ["run", str(folder / "told.yaml"), str(folder / "other.yaml")]
    arguments += [str(folder / "figures.yaml"), "--procedures", str(folder / "procedures")]

    shown = CliRunner().invoke(scenario_command.app, arguments)
    as_json = CliRunner().invoke(scenario_command.app, [*arguments, "--json"])

    assert shown.exit_code == as_json.exit_code == 1
    assert shown.stdout.splitlines()[-1] == "1 passed, 1 failed"
    assert "skipped" in shown.stdout
    document = json.loads(as_json.stdout)
    assert (document["passed"], document["failed"]) == (1, 1)


def test_procedures_are_checked_from_the_command_line(folder):
    good = CliRunner().invoke(procedure_command.app, ["check", str(folder / "procedures")])
    (folder / "procedures" / "bad.yaml").write_text("id: bad\n", encoding="utf-8")
    bad = CliRunner().invoke(procedure_command.app, ["check", str(folder / "procedures")])

    assert (good.exit_code, good.stdout.splitlines()[-1]) == (0, "1 good, 0 faulty")
    assert (bad.exit_code, bad.stdout.splitlines()[-1]) == (1, "1 good, 1 faulty")
    assert "bad.yaml:1: : has no title" in bad.stdout.replace("(file)", "")


def test_coverage_names_what_a_reference_has_and_the_procedures_have_not(folder):
    (folder / "reference").mkdir()
    (folder / "reference" / "house.yaml").write_text(
        "rules: [{id: by-desk}, {id: by-porter}]\nclocks: [{id: answer}]\n", encoding="utf-8"
    )
    run = CliRunner().invoke(
        procedure_command.app,
        ["coverage", str(folder / "reference"), "--procedures", str(folder / "procedures")],
    )

    assert run.exit_code == 1
    told = ["house: rules/by-porter", "0 guidance only", "1 missing"]
    assert run.stdout.splitlines() == told


def test_a_procedure_is_shown_with_its_clocks_rules_and_fields(folder):
    path = str(folder / "procedures" / "house.yaml")
    shown = CliRunner().invoke(procedure_command.app, ["show", path]).stdout
    fields = CliRunner().invoke(procedure_command.app, ["show", path, "--fields"]).stdout

    assert "by-desk" in shown
    assert "answer" in shown
    assert "OrderIssued" in fields
