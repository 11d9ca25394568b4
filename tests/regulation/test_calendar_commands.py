"""`redress calendar`: a year as a picture, a notice checked, and published while people work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from libs.casework.installing import keep_regulations
from libs.casework.regulations import Regulations
from libs.events.postgres.database import Database
from libs.events.postgres.documents import Documents
from redress.main import main
from tests.sla.drill import Drill, drilling
from tests.sla.publication import ANNOUNCED, DECEMBER, KNOWN, install

Command = Callable[..., tuple[int, str]]
OVERLAY = """
overlay: national
province: henan
title: {zh: 河南, en: Henan}
source: made for tests
festivals: {feast: {zh: 节, en: Feast}}
years:
  2026:
    feast: {rest: [12-28]}
"""


@pytest.fixture
def installed(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Path]:
    """A running installation's folder of regulations."""
    folder = install(tmp_path / "installed")
    keep_regulations(fresh_database, folder)
    monkeypatch.setenv("REDRESS_DATABASE_URL", fresh_database)
    monkeypatch.setenv("REDRESS_PROCEDURES", str(folder))
    return folder


@pytest.fixture
def drill(installed: Path, fresh_database: str, role_dsn: Callable[..., str]) -> Iterator[Drill]:
    database = Database(fresh_database, application_name="test")
    regulations = Regulations(installed, Documents(database))
    with drilling(fresh_database, role_dsn, regulations) as drill:
        drill.at(DECEMBER)
        yield drill
    database.close()


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs `redress calendar ...`; exit code and everything it said."""

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["redress", "calendar", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main()
        said = capfd.readouterr()
        return int(leaving.value.code or 0), said.out + said.err

    return run


@pytest.fixture
def notice(tmp_path: Path) -> Path:
    path = tmp_path / "national.yaml"
    path.write_text(KNOWN + ANNOUNCED, encoding="utf-8")
    return path


def test_a_year_shows_days_off_and_make_up_days(calendar, installed, notice):
    assert calendar("publish", notice)[0] == 0
    code, said = calendar("show", 2027)
    assert code == 0
    assert "new-year         休 01-01..01-04  班 01-09" in said
    assert "1休" in said
    assert "9班" in said
    days = json.loads(calendar("show", 2027, "--json")[1])["days"]
    assert (len(days), days[8]["kind"], days[8]["worked"]) == (365, "make-up-day", True)


def test_check_tells_what_publishing_would_do_and_changes_nothing(calendar, drill, notice):
    touched = drill.register(procedure="working")
    drill.register()
    drill.project()
    for _ in range(2):
        code, said = calendar("check", notice, "--json")
        told = json.loads(said)
        assert (code, told["touched"]) == (0, 1)
        assert told["settled_until"] == "2027-12-28"
        assert {"date": "2027-01-09", "before": "weekend", "after": "make-up-day"}.items() <= (
            told["changes"][-1].items()
        )
    assert drill.types(touched) == ["ComplaintRegistered"]


def test_a_fault_is_told_with_its_line(calendar, installed, notice):
    notice.write_text(KNOWN + "  2027:\n    new-year: {rest: [13-01]}\n", encoding="utf-8")
    code, said = calendar("check", notice)
    assert code == 1
    assert "national.yaml:11: years.2027.new-year.rest: '13-01'" in said


def test_publishing_again_says_so(calendar, installed, notice):
    assert "is in force\n" in calendar("publish", notice)[1]
    code, said = calendar("publish", notice)
    assert code == 0
    assert "was in force already" in said


def test_an_announced_year_cannot_be_forgotten(calendar, installed, notice, tmp_path):
    calendar("publish", notice)
    older = tmp_path / "older.yaml"
    older.write_text(KNOWN, encoding="utf-8")
    code, said = calendar("publish", older)
    assert code == 1
    assert "2027 is announced and would be forgotten" in said


def test_a_province_is_published_by_itself_and_stays_when_the_country_moves_on(
    calendar, installed, notice, tmp_path
):
    overlay = tmp_path / "henan.yaml"
    overlay.write_text(OVERLAY, encoding="utf-8")
    code, said = calendar("publish", overlay)
    assert code == 0
    assert "2026-12-28 in henan: workday -> holiday" in said
    assert calendar("publish", notice)[0] == 0
    days = json.loads(calendar("show", 2026, "--province", "henan", "--json")[1])["days"]
    assert [day["date"] for day in days if day["festival"] == "feast"] == ["2026-12-28"]
    code, said = calendar("show", 2026, "--province", "hebei")
    assert code == 1
    assert "provinces: henan" in said


def test_an_overlay_of_another_calendar_is_refused(calendar, installed, tmp_path):
    overlay = tmp_path / "henan.yaml"
    overlay.write_text(OVERLAY.replace("overlay: national", "overlay: other"), encoding="utf-8")
    code, said = calendar("publish", overlay)
    assert code == 1
    assert "is not about 'national', the calendar in force" in said
