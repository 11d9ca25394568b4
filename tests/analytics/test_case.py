"""A case read from its stream: both times, every clock explained, a chain to recompute."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from tests.analytics.enterprise import TEXT, Enterprise
from tests.services.world import CENTRE


def clock_of(case: dict[str, Any], name: str) -> dict[str, Any]:
    return next(clock for clock in case["clocks"] if clock["clock"] == name)


def test_a_case_shows_what_was_written_the_moment_it_was_written(work: Enterprise):
    taken = work.complaint()
    case = work.read(f"/cases/{taken['complaint']}")
    assert case["number"] == taken["number"]
    assert case["status"] == "open"
    first = case["events"][0]
    assert first["type"] == "ComplaintRegistered"
    assert first["texts"]["content"] == TEXT
    assert first["actor"]["unit"] == "henan/hotline"


def test_a_case_is_found_by_its_number_once_the_facts_have_it(work: Enterprise):
    taken = work.complaint()
    work.caught_up()
    assert work.read(f"/cases/{taken['number']}")["complaint"] == taken["complaint"]


def test_both_times_are_shown_and_a_late_entry_is_counted(work: Enterprise):
    taken = work.complaint()
    happened = work.now().isoformat()
    work.pass_hours(1.5)
    told = {"text": "已约定周六上门"}
    body = {"happened_at": happened, "with": told}
    work.do(taken["complaint"], "report-progress", CENTRE, **body)
    case = work.read(f"/cases/{taken['complaint']}")
    last = case["events"][-1]
    claimed, recorded = (
        datetime.fromisoformat(last[name]) for name in ("happened_at", "recorded_at")
    )
    assert recorded - claimed >= timedelta(hours=1.5)
    assert case["late_entries"] == 1


def test_each_clock_says_why_it_is_due_when_it_is(work: Enterprise):
    taken = work.complaint()
    work.do(taken["complaint"], "issue-order", CENTRE, order="A", to="henan/network")
    case = work.read(f"/cases/{taken['complaint']}")
    answer = clock_of(case, "answer-provincial")
    why = answer["explanation"]
    spans = [
        datetime.fromisoformat(part["until_at"]) - datetime.fromisoformat(part["from_at"])
        for part in why["segments"]
        if part["counted"]
    ]
    assert (why["limit"]["value"], why["limit"]["unit"]) == (48, "hours")
    assert sum(spans, timedelta()) == timedelta(hours=48)
    assert why["segments"][-1]["until_at"] == answer["due_at"]
    assert answer["source"]
    assert clock_of(case, "dispatch-order")["state"] == "met"
    assert clock_of(case, "handle-order-provincial")["order"] == "A"


def test_a_clock_past_its_due_time_is_missed_before_any_event_says_so(work: Enterprise):
    taken = work.complaint()
    work.pass_hours(5)
    case = work.read(f"/cases/{taken['complaint']}")
    assert clock_of(case, "dispatch-order")["state"] == "missed"
    assert "DeadlineMissed" not in {event["type"] for event in case["events"]}


def test_an_unknown_case_is_absent_and_nobody_reads_without_a_token(work: Enterprise):
    assert work.asked("/cases/NO-SUCH-NUMBER").status_code == 404
    for path in ("/cases", "/board", "/rates/on-time", "/organisation", "/cases/x/export"):
        assert work.analytics.get(path).status_code == 401


def test_the_json_export_lets_anybody_recompute_the_chain(work: Enterprise):
    taken = work.complaint()
    work.settle(taken["complaint"])
    case = work.read(f"/cases/{taken['complaint']}/export", format="json")
    before = "0" * 64
    for event in case["events"]:
        header = event["header"].encode("utf-8")
        read = json.loads(header)
        assert hashlib.sha256(b"\0" + header).hexdigest() == event["hash"]
        assert hashlib.sha256(event["body"].encode("utf-8")).hexdigest() == read["body"]
        assert read["prev"] == before
        before = event["hash"]
    assert len(case["events"]) == case["version"] >= 6


def test_the_printed_page_tells_the_whole_way_in_chinese_and_loads_nothing(work: Enterprise):
    taken = work.complaint()
    work.settle(taken["complaint"])
    answer = work.asked(f"/cases/{taken['complaint']}/export", format="html")
    for word in ("受理登记", "派单", "签收", "反馈", "答复客户", "结案", "河南网络维护部", TEXT):
        assert word in answer.text
    assert "http" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
