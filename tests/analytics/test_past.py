"""Looking at the past over HTTP and from the command line."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from redress.main import run
from tests.analytics.enterprise import Enterprise, wait_until
from tests.services.world import CENTRE, HANDLER, NATIONAL


def clock_of(case: dict[str, Any], name: str) -> dict[str, Any]:
    return next(clock for clock in case["clocks"] if clock["clock"] == name)


def listed(work: Enterprise, unit: str, **query: str) -> Any:
    headers = {"Authorization": f"Bearer {work.token(NATIONAL)}"}
    return work.dispatch.get("/work-list", params={"unit": unit, **query}, headers=headers)


def test_a_case_as_of_an_instant_has_the_events_and_clocks_of_then(work: Enterprise):
    complaint = work.complaint()["complaint"]
    then = work.now().isoformat()
    work.pass_hours(5)
    work.do(complaint, "issue-order", CENTRE, order="A", to="henan/network")
    now = work.read(f"/cases/{complaint}")
    past = work.read(f"/cases/{complaint}", as_of=then)
    assert clock_of(now, "dispatch-order")["state"] == "missed"
    assert clock_of(past, "dispatch-order")["state"] == "open"
    assert [event["type"] for event in past["events"]] == [
        "ComplaintRegistered",
        "ComplaintClassified",
    ]
    assert (past["past"]["axis"], past["past"]["unseen"]) == ("recorded", 1)
    assert past["orders"] == []
    assert now["past"] is None


def test_a_late_entry_belongs_to_the_past_as_happened_but_not_as_recorded(work: Enterprise):
    complaint = work.complaint()["complaint"]
    called = work.now() + timedelta(hours=1)
    work.pass_hours(3)
    told = {"happened_at": called.isoformat(), "with": {"text": "已约定周六上门"}}
    work.do(complaint, "report-progress", CENTRE, **told)
    at = (called + timedelta(minutes=5)).isoformat()
    known = work.read(f"/cases/{complaint}", as_of=at)
    happened = work.read(f"/cases/{complaint}", as_happened=at)
    assert "ProgressReported" not in [event["type"] for event in known["events"]]
    assert happened["events"][-1]["type"] == "ProgressReported"
    assert happened["events"][-1]["texts"]["text"] == "已约定周六上门"


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"as_of": "2199-01-01T00:00:00+08:00"}, "as_of", "ahead"),
        ({"as_happened": "2026-03-02T09:00:00"}, "as_happened", "not-time"),
        (
            {"as_of": "2026-03-02T00:00:00Z", "as_happened": "2026-03-02T00:00:00Z"},
            "as_happened",
            "duplicate",
        ),
    ],
)
def test_a_past_that_cannot_be_asked_for_is_refused(
    work: Enterprise, query: dict[str, str], field: str, code: str
):
    complaint = work.complaint()["complaint"]
    for answer in (
        work.asked(f"/cases/{complaint}", **query),
        work.asked("/rates/on-time", **query),
        listed(work, "henan", **query),
    ):
        assert answer.status_code == 422
        assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [
            (field, code)
        ]


def test_before_its_registration_a_case_is_not_there(work: Enterprise):
    before = (work.now() - timedelta(seconds=1)).isoformat()
    complaint = work.complaint()["complaint"]
    now = work.now().isoformat()
    assert work.asked(f"/cases/{complaint}", as_of=before).status_code == 404
    assert work.asked(f"/cases/{complaint}", as_of=now).status_code == 200


def test_a_work_list_as_of_an_instant_shows_what_has_left_it_since(work: Enterprise):
    complaint = work.complaint()["complaint"]
    work.do(complaint, "issue-order", CENTRE, order="A", to="henan/network")
    work.do(complaint, "receive-order", HANDLER, order="A")
    then = work.now().isoformat()
    work.pass_hours(0.5)
    fed = {"result": "solved", "text": "更换光猫后恢复"}
    work.do(complaint, "feed-back", HANDLER, order="A", to="henan/centre", **{"with": fed})

    def orders(page: Any) -> list[tuple[str, str]]:
        return [(item["complaint"], item["order"]) for item in page.json()["items"]]

    wait_until(lambda: (complaint, "A") not in orders(listed(work, "henan/network")))
    page = listed(work, "henan/network", as_of=then)
    assert (complaint, "A") in orders(page)
    assert page.json()["past"] == {"axis": "recorded", "at": page.json()["as_of"]}


def told(command: str, *arguments: str) -> None:
    with pytest.raises(SystemExit) as left:
        run([command, *arguments])
    assert left.value.code == 0


def test_the_command_line_says_that_it_shows_the_past(
    work: Enterprise, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("REDRESS_ANALYTICS_URL", work.urls["analytics"])
    monkeypatch.setenv("REDRESS_DISPATCH_URL", work.urls["dispatch"])
    monkeypatch.setenv("REDRESS_TOKEN", work.token(NATIONAL))
    complaint = work.complaint()["complaint"]
    then = work.now().isoformat()
    work.pass_hours(1)
    for command in (
        ("case", "show", complaint),
        ("work-list", "henan/hotline"),
        ("rates", "--by", "level"),
    ):
        told(*command, "--as-of", then, "--language", "en")
        assert "The past, as on record at" in capsys.readouterr().out
        told(*command, "--as-happened", then, "--json")
        assert json.loads(capsys.readouterr().out)["past"]["axis"] == "happened"
        told(*command, "--language", "en")
        assert "The past" not in capsys.readouterr().out
