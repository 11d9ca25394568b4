"""A complaint told in a test: steps decided one after the other, an hour apart."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

from libs.complaints.commands import Command, Decision, Refusal
from libs.complaints.decide import decide
from libs.complaints.facts import facts_of
from libs.complaints.state import evolve, initial
from libs.procedures.calendar import Calendar, load_calendar
from libs.procedures.schema import Procedure, parse_procedure

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2026, 3, 2, 1, tzinfo=UTC)

HEAD = """
id: house
title: {zh: 规程, en: A procedure}
source: a paper
scope: {zh: 全部, en: All}
timezone: Asia/Shanghai
calendar: natural
units:
  - {id: group, kind: headquarters, title: {zh: 总部, en: Headquarters}}
  - {id: <house>/desk, kind: desk, title: {zh: 前台, en: Desk}}
  - {id: <house>/<department>, title: {zh: 部门, en: Department}}
posts: {duty-manager: manager, porter: handler}
channels: [{id: desk, title: {zh: 前台, en: Desk}}, {id: phone, title: {zh: 电话, en: Telephone}}]
levels: [{id: minor, title: {zh: 一般, en: Minor}}, {id: major, title: {zh: 重大, en: Major}}]
fields:
  complaint:
    vip: flag
    rooms: whole
    house: unit
    problem: {term: [room, noise, bill]}
    witnesses: [slug]
    arrived_at: time
    complained_person: slug
    complained_unit: unit
    signs: flag
  close:
    outcome: {term: [solved, not-solved]}
    quarter: slug
  decline:
    ground: {text: [not-ours]}
  sanction: {fine: whole}
open_parameters:
  - {id: most, title: {zh: 上限, en: Most}, default: 3}
  - {id: keeping, title: {zh: 保存, en: Keeping}, default: {value: 2, unit: days}}
  - {id: strict, title: {zh: 严格, en: Strict}, default: true}
sanctions:
  - id: late
    title: {zh: 迟到, en: Late}
    cause: {zh: 迟到, en: Late}
    who: manager
    measure: {zh: 罚款, en: Fine}
    scale: {fine: {min: 50, max: 200}}
"""
CLOCKS = """
clocks:
  - id: answer
    title: {zh: 答复, en: Answer}
    source: '1'
    from: ComplaintRegistered
    to: CustomerAnswered
    limit: {value: 24, unit: hours}
    warn_at: 0.9
    extend: {by: [manager], cap: {value: 3, unit: days}}
  - id: handle
    title: {zh: 处理, en: Handle}
    source: '2'
    from: OrderIssued
    to: OrderFedBack
    order: same
    limit: {value: 8, unit: hours}
    warn_at: 0.5
"""


def calendar() -> Calendar:
    return load_calendar(ROOT / "procedures" / "calendars" / "mainland.yaml")


def procedure(rules: str = "rules: []\n", more: str = "", clocks: str = CLOCKS) -> Procedure:
    """A small procedure with these rules; `more` adds sections."""
    return parse_procedure((HEAD + more + clocks + rules).encode(), "house.yaml")


def with_rule(applies: str, *, condition: str, field: str = "needs") -> Procedure:
    """A procedure whose one refusing rule `r` says this about these actions."""
    return procedure(
        "rules:\n"
        f"  - {{id: r, kind: require_before, title: {{zh: 规则, en: Rule}}, source: '1',"
        f" applies: {applies}, {field}: {condition}}}\n"
    )


class Story:
    """Steps of one complaint; each happens an hour after the one before."""

    def __init__(self, procedure: Procedure, days: Calendar | None = None) -> None:
        self.procedure, self.calendar = procedure, days or DAYS
        self.case, self.facts, self.now = initial(), [], START
        self._ids = itertools.count()

    def take(
        self, action, *, by="centre", unit="pearl/desk", to=(), order=None, post=None,
        staff="s1", claimed=None, after=timedelta(hours=1), **data,
    ):  # fmt: skip
        """Decide one step and, if allowed, record it; what came of it."""
        self.now += after
        command = Command(
            id=str(next(self._ids)), action=action, complaint="c", staff=staff, role=by, unit=unit,
            post=post, order=order, to=(to,) if isinstance(to, str) else tuple(to), data=data,
            happened_at=claimed,
        )  # fmt: skip
        outcome = decide(self.case, command, self.procedure, self.calendar, self.now)
        if isinstance(outcome, Decision):
            for fact in facts_of(outcome, command, self.case.version + 1, self.now):
                self.facts.append(fact)
                self.case = evolve(self.case, fact, self.procedure, self.calendar)
        return outcome

    def told(self, *steps):
        """Steps that must be allowed: (action, keywords)."""
        for action, details in steps:
            outcome = self.take(action, **details)
            assert isinstance(outcome, Decision), (action, outcome)
        return self

    def broken_by(self, action, **details):
        """The ids of what refuses this step; empty when it is allowed."""
        outcome = self.take(action, **details)
        return [rule.rule for rule in outcome.broken] if isinstance(outcome, Refusal) else []


DAYS = calendar()
REGISTER = ("register", {"by": "agent", "channel": "desk"})


def registered(procedure: Procedure, **data) -> Story:
    """A story that begins with a registration carrying these fields."""
    return Story(procedure).told(("register", {"by": "agent", "channel": "desk", **data}))
