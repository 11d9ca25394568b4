"""Letters of apology through the services: proposed, drafted, approved by a person, on record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from libs.access.identity import Subject
from redress.failures import CommandError
from redress.main import run
from tests.analytics.enterprise import Enterprise

DESK = Subject(staff="s-desk", role="agent", unit="company")
MANAGER = Subject(staff="s-manager", role="manager", unit="company")


@pytest.fixture
def case(work: Enterprise, monkeypatch: pytest.MonkeyPatch) -> str:
    """A complaint about failed service under the procedure of letters."""
    monkeypatch.setenv("REDRESS_ANALYTICS_URL", work.urls["analytics"])
    monkeypatch.setenv("REDRESS_DISPATCH_URL", work.urls["dispatch"])
    monkeypatch.setenv("REDRESS_TOKEN", work.token(MANAGER))
    told = {"channel": "letter", "trigger": "service-failure", "content": "等了两小时"}
    body = {"procedure": "apology-letters", "with": told}
    answer = work.intake.post("/complaints", json=body, headers=work.headers(DESK))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["complaint"])


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as left:
        run(["letter", *arguments])
    assert left.value.code == 0
    return capsys.readouterr().out


def test_a_letter_goes_from_proposal_to_record(
    work: Enterprise, case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (letter,) = json.loads(told(capsys, "list", case, "--json"))
    assert letter["id"] == "letter-1"
    assert letter["signed_by"] == ["manager"]

    draft = json.loads(
        told(capsys, "draft", case, "letter-1", "--field", "addressee=王女士", "--json")
    )
    assert draft["text"].startswith("尊敬的王女士：")
    assert "measures" in draft["missing"]

    words = tmp_path / "letter.txt"
    words.write_text("尊敬的王女士：\n十分抱歉。", encoding="utf-8")
    with pytest.raises(CommandError, match="a person approves"):
        run(["letter", "send", case, "letter-1", "--text", str(words)])
    told(capsys, "send", case, "letter-1", "--text", str(words), "--approve")

    read = work.read(f"/cases/{case}", MANAGER)
    assert read["events"][-1]["type"] == "ApologySent"
    assert read["events"][-1]["actor"]["staff"] == "s-manager"
    assert read["events"][-1]["data"]["letter"] == "letter-1"
    assert read["events"][-1]["texts"]["text"] == "尊敬的王女士：\n十分抱歉。"
    assert read["letters"] == []


def test_an_unfinished_letter_is_not_sent(case: str, tmp_path: Path):
    words = tmp_path / "letter.txt"
    words.write_text("尊敬的[称呼]：", encoding="utf-8")
    with pytest.raises(CommandError, match="in brackets"):
        run(["letter", "send", case, "letter-1", "--text", str(words), "--approve"])


def test_a_draft_asks_for_known_letters_and_plain_fields(work: Enterprise, case: str):
    def status(letter: str, body: object) -> int:
        path = f"/cases/{case}/letters/{letter}/draft"
        headers = {"Authorization": f"Bearer {work.token(MANAGER)}"}
        return work.analytics.post(path, json=body, headers=headers).status_code

    assert status("letter-1", {"language": "en"}) == 200
    assert status("letter-99", {}) == 404
    assert status("letter-1", {"values": {"addressee": 1}}) == 422
    assert status("letter-1", {"language": "fr"}) == 422


def test_the_case_advises_at_its_open_steps(work: Enterprise, case: str):
    advice = {each["rule"]: each for each in work.read(f"/cases/{case}", MANAGER)["guidance"]}

    assert advice["letter-format"]["actions"] == ["apologise"]
    assert advice["letter-format"]["zh"]
    assert advice["letter-format"]["en"]
