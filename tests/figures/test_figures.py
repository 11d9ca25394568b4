"""Figures of a period are counted as their procedures define them, exact to the last complaint."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from libs.complaints.figures import Figure, Tally, figure_of, figure_of_records, look_at, meets_goal
from libs.complaints.periods import period_bounds
from libs.procedures.calendar import Calendar, load_calendar
from libs.procedures.document import ProcedureError
from libs.procedures.schema import Procedure, load_procedure
from libs.procedures.schema.counting import Counting
from libs.procedures.schema.loading import parse_procedure
from redress.home import PROCEDURES
from tests.figures.rows import Row, case_of, local

TOLD = [Path(__file__).with_name("cases.yaml")]
TOLD += [Path(file) for file in os.environ.get("REDRESS_TOLD_FIGURES", "").split(":") if file]
SHANGHAI = ZoneInfo("Asia/Shanghai")
SMALL = """
id: small
title: {zh: 小, en: Small}
source: '1'
scope: {zh: 小, en: Small}
timezone: Asia/Shanghai
calendar: natural
clocks:
  - id: answer
    title: {zh: 答, en: Answer}
    from: ComplaintRegistered
    to: CustomerAnswered
    limit: {value: 1, unit: hours}
    source: '1'
rules: []
kpis:
  - id: k
    title: {zh: 数, en: K}
    formula: f
    numerator: n
    denominator: d
    periods: [month]
    counted: COUNTED
"""


@cache
def procedure(name: str) -> Procedure:
    return load_procedure(PROCEDURES / f"{name}.yaml")


@cache
def calendar() -> Calendar:
    return load_calendar(PROCEDURES / "calendars" / "mainland.yaml")


def told() -> Iterator[Any]:
    for path in TOLD:
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]:
            for expected in case["expected"]:
                where = ",".join(f"{k}={v}" for k, v in expected.get("where", {}).items())
                name = f"{case['case']}-{expected['kpi']}{'-' if where else ''}{where}"
                yield pytest.param(case, expected, id=name)


@pytest.mark.parametrize(("case", "expected"), list(told()))
def test_a_figure_is_what_is_worked_out_by_hand(case: dict[str, Any], expected: dict[str, Any]):
    regulation = procedure(case["procedure"])
    counting = next(kpi.counted for kpi in regulation.kpis if kpi.id == expected["kpi"])
    assert counting is not None
    figure = (of_records if counting.records else of_complaints)(case, expected, counting)
    if "sum_minutes" in expected:
        assert figure == Figure(numerator=expected["sum_minutes"], denominator=expected["count"])
    elif "count" in expected:
        assert figure == Figure(numerator=expected["count"], denominator=None)
    else:
        wanted = Figure(numerator=expected["numerator"], denominator=expected["denominator"])
        assert figure == wanted
    if "target_met" in expected:
        assert meets_goal(counting, figure) is expected["target_met"]
    for period in ("month", "year"):
        if f"{period}_target_met" in expected:
            counts = expected["per_month"].values() if period == "month" else [figure.numerator]
            figures = [Figure(numerator=count, denominator=None) for count in counts]
            met = all(meets_goal(counting, each, period) for each in figures)
            assert met is expected[f"{period}_target_met"]


def of_complaints(case: dict[str, Any], expected: dict[str, Any], counting: Counting) -> Figure:
    where = dict(expected.get("where", {}))
    link = where.pop("link", None)
    regulation, as_of = procedure(case["procedure"]), local(case["as_of"])
    begin, end = period_bounds(expected.get("period", case["period"])["value"], SHANGHAI)
    rows: list[Row] = [
        row
        for row in case["rows"]
        if begin <= local(row["registered"]) < end
        and all(row.get(k) == v for k, v in where.items())
    ]
    looks = [
        look_at(case_of(row, regulation, calendar(), as_of), regulation, calendar(), as_of)
        for row in rows
    ]
    groups = case.get("customers", {})
    customers = sum(n for name, n in groups.items() if where.get("group") in {None, name}) or None
    figure = figure_of(counting, looks, link=link, customers=customers)
    tally = Tally(counting)
    for look in looks:
        tally.add(look, "all")
    assert tally.figure(link=link, customers=customers) == figure
    if link is None:
        assert tally.figure(key="all", customers=customers) == figure
    return figure


def of_records(case: dict[str, Any], expected: dict[str, Any], counting: Counting) -> Figure:
    def meant(row: Row) -> bool:
        for key, value in expected["where"].items():
            if key == "year" and not row["date"].startswith(value):
                return False
            if key == "day" and not str(row["hour"]).startswith(value):
                return False
            if key in row and row[key] != value:
                return False
        return True

    return figure_of_records(counting, [row for row in case["rows"] if meant(row)])


def test_nothing_counted_gives_no_value():
    on_time = next(k.counted for k in procedure("telecom-complaint").kpis if k.counted)
    assert on_time is not None
    empty = (
        figure_of(on_time, [], customers=1) if on_time.kind == "rate" else figure_of(on_time, [])
    )
    assert empty.numerator == 0
    assert Figure(numerator=0, denominator=0).value is None


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2026", (2026, 1, 1), (2027, 1, 1)),
        ("2026H2", (2026, 7, 1), (2027, 1, 1)),
        ("2026Q4", (2026, 10, 1), (2027, 1, 1)),
        ("2026W01", (2025, 12, 29), (2026, 1, 5)),
        ("2026-12", (2026, 12, 1), (2027, 1, 1)),
        ("2028-02-29", (2028, 2, 29), (2028, 3, 1)),
    ],
)
def test_a_period_begins_and_ends_at_midnight_of_the_procedures_zone(
    text: str, begin: tuple[int, int, int], end: tuple[int, int, int]
):
    expected = tuple(datetime(*each, tzinfo=SHANGHAI) for each in (begin, end))
    assert period_bounds(text, SHANGHAI) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-13",
        "2026-02-30",
        "2026Q5",
        "2026W54",
        "9999-12-31",
        "0001",
        "２０２６",
        "26-03",
        "2026-3",
        "march",
        "",
    ],
)
def test_what_is_no_period_is_refused(text: str):
    with pytest.raises(ValueError, match=r"."):
        period_bounds(text, SHANGHAI)


@pytest.mark.parametrize(
    ("counted", "reason"),
    [
        ("{good: {status: closed}}", "has no as"),
        ("{as: ratio}", "'ratio' is not known here"),
        ("{as: number, goal: {}}", "says no bound"),
        ("{as: number, goal: {month: {at_most: many}}}", "must be a whole number"),
        ("{as: number, goal: {month: {at_most: 1}, at_least: 2}}", "unknown key 'at_least'"),
        ("{as: mean}", "a mean, and nothing else, says its minutes"),
        ("{as: share, minutes: {after: answer}}", "a mean, and nothing else, says its minutes"),
        ("{as: share, links: {all: anwser}}", "did you mean 'answer'"),
        ("{as: share, records: calls, good: n}", "records have good, and of"),
        (
            "{as: share, good: {happened: {event: OrderIssued, before: ComplaintClosd}}}",
            "not known",
        ),
        ("{as: share, good: {laid_down: {clock: answer}}}", "has no state"),
    ],
)
def test_a_counting_that_makes_no_sense_is_refused_with_its_place(counted: str, reason: str):
    text = SMALL.replace("COUNTED", counted)
    with pytest.raises(ProcedureError) as refusal:
        parse_procedure(text.encode(), "small.yaml")
    assert reason in str(refusal.value)
    assert "kpis[1].counted" in refusal.value.field or "kpis[0].counted" in refusal.value.field
