"""Reading sealed text leaves a record, or shows nothing."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import psycopg2
import pytest

from libs.access.identity import Subject
from libs.access.policy import Involvement, Policy
from redress.main import run
from tests.analytics.enterprise import TEXT, Enterprise
from tests.services.world import NATIONAL

MANAGER = Subject(staff="s-m", role="manager", unit="henan/hotline")


def test_each_read_says_who_read_what_and_when(work: Enterprise):
    complaint = work.complaint()["complaint"]
    assert work.read(f"/cases/{complaint}/reads")["reads"] == []
    work.read(f"/cases/{complaint}", MANAGER)
    work.asked(f"/cases/{complaint}/export", NATIONAL, format="html")
    export, case = work.read(f"/cases/{complaint}/reads")["reads"]
    assert (case["staff"], case["role"], case["unit"]) == ("s-m", "manager", "henan/hotline")
    assert (case["handed_out"], export["handed_out"]) == ("case", "export-html")
    assert (case["fields"], case["texts"]) == (["complainant", "content"], 2)
    assert case["version"] == 2
    assert case["read_at"].startswith(work.now().isoformat()[:16])
    assert case["correlation_id"]
    assert TEXT not in json.dumps([case, export])


def test_pages_of_reads_follow_each_other(work: Enterprise):
    complaint = work.complaint()["complaint"]
    for _ in range(5):
        work.read(f"/cases/{complaint}")
    first = work.read(f"/cases/{complaint}/reads", limit="3")
    second = work.read(f"/cases/{complaint}/reads", limit="3", before=str(first["next"]))
    found = [each["read"] for each in first["reads"] + second["reads"]]
    assert len(found) == 5
    assert found == sorted(found, reverse=True)
    assert second["next"] is None


def test_a_past_without_text_leaves_no_record(work: Enterprise):
    complaint = work.complaint()["complaint"]
    work.asked(f"/cases/{complaint}", as_of="2026-03-01T00:00:00Z")
    assert work.read(f"/cases/{complaint}/reads")["reads"] == []


@pytest.fixture
def no_record(work: Enterprise) -> Iterator[None]:
    """Nothing can be recorded meanwhile."""
    with contextlib.closing(psycopg2.connect(work.dsn)) as session, session.cursor() as cursor:
        session.autocommit = True
        cursor.execute("REVOKE INSERT ON audit.reads FROM redress_analytics")
        yield
        cursor.execute("GRANT INSERT ON audit.reads TO redress_analytics")


@pytest.mark.usefixtures("no_record")
def test_a_read_that_cannot_be_recorded_shows_nothing(work: Enterprise):
    complaint = work.complaint()["complaint"]
    for path in (f"/cases/{complaint}", f"/cases/{complaint}/export"):
        answer = work.asked(path)
        assert answer.status_code == 503
        assert answer.json()["type"] == "urn:redress:problem:unrecorded"
        assert TEXT not in answer.text
    # What holds no text is shown as ever.
    assert work.asked("/cases").status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit.reads SET staff = 's-other'",
        "DELETE FROM audit.reads",
        "TRUNCATE audit.reads",
    ],
)
def test_nobody_changes_the_record(work: Enterprise, change: str):
    work.read(f"/cases/{work.complaint()['complaint']}")
    for dsn in (work.dsn, work.analytics_dsn):
        with (
            contextlib.closing(psycopg2.connect(dsn)) as session,
            session.cursor() as cursor,
            pytest.raises(psycopg2.errors.InsufficientPrivilege),
        ):
            cursor.execute(change)


@pytest.mark.parametrize(
    ("role", "unit", "oversees"),
    [
        ("agent", "henan/hotline", False),
        ("handler", "henan/network", False),
        ("centre", "henan/centre", False),
        ("manager", "henan/network", True),
        ("manager", "jilin/network", False),
        ("auditor", "henan", True),
        ("director", "henan", True),
        ("centre", "national", True),
        ("regulator", "ministry", False),
    ],
)
def test_those_who_answer_for_others_look_over_the_readers(role: str, unit: str, *, oversees: bool):
    units = frozenset({"henan/hotline", "henan/network", "henan/centre"})
    case = Involvement(registered_by="henan/hotline", units=units)
    subject = Subject(staff="s1", role=role, unit=unit)
    assert Policy().oversees(subject, case) is oversees


def test_the_command_line_lists_the_reads(
    work: Enterprise, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("REDRESS_ANALYTICS_URL", work.urls["analytics"])
    monkeypatch.setenv("REDRESS_TOKEN", work.token(NATIONAL))
    monkeypatch.setenv("COLUMNS", "200")
    complaint = work.complaint()["complaint"]
    work.read(f"/cases/{complaint}", MANAGER)
    for arguments, shown in ((["--language", "en"], "henan/hotline"), (["--json"], '"texts":2')):
        with pytest.raises(SystemExit) as left:
            run(["audit", "reads", complaint, *arguments])
        assert left.value.code == 0
        assert shown in capsys.readouterr().out
