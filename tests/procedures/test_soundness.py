# ruff: noqa: E501 - tables of cases are read line by line
"""Procedures that read well and can never work: refused at the line that must be changed."""

from __future__ import annotations

import pytest

from libs.procedures.document import ProcedureError
from libs.procedures.schema import parse_procedure
from tests.complaints.story import CLOCKS, HEAD


def rules(*bodies: str) -> str:
    head = "    kind: only\n    title: {zh: 规则, en: Rule}\n    source: '1'\n"
    return "rules:\n" + "".join(
        f"  - id: r{number}\n{head}" + "".join(f"    {line}\n" for line in body.split("; "))
        for number, body in enumerate(bodies)
    )


def fault(text: str) -> ProcedureError:
    with pytest.raises(ProcedureError) as caught:
        parse_procedure(text.encode(), "house.yaml")
    error = caught.value
    assert error.file == "house.yaml"
    last = error.field.rpartition(".")[2].partition("[")[0]
    assert last in text.splitlines()[error.line - 1]
    return error


CLOSED_BEFORE_ANSWER = "applies: answer; needs: {happened: {event: ComplaintClosed}}"
ANSWER_BEFORE_CLOSE = "applies: close; needs: {happened: {event: CustomerAnswered}}"


def test_steps_that_wait_for_each_other_are_a_circle():
    error = fault(HEAD + CLOCKS + rules(CLOSED_BEFORE_ANSWER, ANSWER_BEFORE_CLOSE))

    assert error.field == "rules[0].needs"
    assert error.reason == (
        "answer can never be done: answer needs ComplaintClosed, close needs CustomerAnswered: "
        "a circle that no step can begin"
    )


def test_a_step_that_waits_for_itself_is_a_circle():
    error = fault(
        HEAD + CLOCKS + rules("applies: close; needs: {happened: {event: ComplaintClosed}}")
    )

    assert "circle" in error.reason


def test_a_step_that_waits_for_a_forbidden_one_is_unreachable():
    error = fault(
        HEAD
        + CLOCKS
        + rules("applies: revisit", "applies: close; needs: {last: {event: RevisitMade}}")
    )

    assert error.field == "rules[1].needs"
    assert "RevisitMade, which can never happen, which rule 'r0' forbids" in error.reason


@pytest.mark.parametrize(
    ("needs", "event"),
    [
        ("{status: archived}", "ComplaintArchived"),
        ("{orders: {state: returned}}", "OrderReturned"),
        ("{order: {received: true}}", "OrderReceived"),
        ("{elapsed: {event: ComplaintArchived, at_least: {value: 1, unit: days}}}", "ComplaintArchived"),
        ("{happened: {event: any, after: ComplaintArchived}}", "ComplaintArchived"),
        ("{all: [{happened: {event: OrderReturned}}, {by: centre}]}", "OrderReturned"),
    ],
)  # fmt: skip
def test_every_block_that_looks_back_is_understood(needs, event):
    forbidden = "applies: [archive, return_order, receive_order]"

    error = fault(HEAD + CLOCKS + rules(forbidden, f"applies: close; needs: {needs}"))

    assert f"close needs {event}" in error.reason


@pytest.mark.parametrize(
    "needs",
    [
        "{any: [{happened: {event: ComplaintArchived}}, {by: centre}]}",
        "{none: [{happened: {event: ComplaintArchived}}]}",
        "{happened: {event: ComplaintArchived, at_most: 0}}",
        "{happened: {event: [ComplaintArchived, CustomerAnswered]}}",
        "{orders: {state: returned, at_most: 0}}",
    ],
)
def test_what_can_be_met_otherwise_is_no_fault(needs):
    text = (
        HEAD + CLOCKS + rules("applies: [archive, return_order]", f"applies: close; needs: {needs}")
    )

    assert parse_procedure(text.encode(), "house.yaml").id == "house"


def test_a_rule_with_a_condition_is_no_fault():
    when = "applies: close; if: {case: {vip: true}}; needs: {happened: {event: ComplaintClosed}}"

    assert parse_procedure((HEAD + CLOCKS + rules(when)).encode(), "house.yaml").id == "house"


CONTRADICTIONS = [
    ("applies: close; needs: {by: centre}", "applies: close; needs: {by: [handler, manager]}", "value for by"),
    ("applies: close; needs: {by: centre}", "applies: [close, archive]; needs: {none: [{by: centre}]}", "value for by"),
    ("applies: close; needs: {with: {outcome: solved}}", "applies: close; needs: {with: {outcome: not-solved}}", "with.outcome"),
    ("applies: close; needs: {with: [outcome]}", "applies: close; needs: {with: {outcome: null}}", "with.outcome"),
    ("applies: close; needs: {case: {vip: true}}", "applies: close; needs: {case: {vip: false}}", "case.vip"),
    ("applies: close; needs: {case: {vip: {not: true}}}", "applies: close; needs: {case: {vip: true}}", "case.vip"),
    ("applies: close; needs: {status: answered}", "applies: close; needs: {status: [open, closed]}", "value for status"),
    ("applies: close; needs: {unit_kind: desk}", "applies: close; needs: {unit_kind: headquarters}", "unit_kind"),
    ("applies: close; needs: {any: [{by: centre}, {by: agent}]}", "applies: close; needs: {by: manager}", "value for by"),
    ("applies: close; needs: {happened: {event: RevisitMade, with: {reached: true}}}", "applies: close; needs: {happened: {event: RevisitMade, at_most: 0}}", "happened RevisitMade"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "about"), CONTRADICTIONS)
def test_two_rules_that_can_never_both_hold_are_refused(first, second, about):
    error = fault(HEAD + CLOCKS + rules(first, second))

    assert error.field == "rules[1].needs"
    assert "can never hold together with rule 'r0'" in error.reason
    assert about in error.reason


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("applies: close; needs: {by: centre}", "applies: archive; needs: {by: handler}"),
        ("applies: close; needs: {by: [centre, agent]}", "applies: close; needs: {by: [centre, manager]}"),
        ("applies: close; if: {case: {vip: true}}; needs: {by: manager}", "applies: close; if: {case: {vip: false}}; needs: {by: centre}"),
        ("applies: close; needs: {case: {witnesses: ann}}", "applies: close; needs: {case: {witnesses: bob}}"),
        ("applies: close; needs: {case: {rooms: {at_least: 2}}}", "applies: close; needs: {case: {rooms: 3}}"),
        ("applies: close; needs: {happened: {event: RevisitMade}}", "applies: close; needs: {happened: {event: RevisitMade, by: agent, at_most: 0}}"),
    ],
)  # fmt: skip
def test_rules_that_leave_a_way_are_let_pass(first, second):
    text = HEAD + CLOCKS + rules(first, second)

    assert parse_procedure(text.encode(), "house.yaml").id == "house"


def test_a_step_that_no_role_may_take_is_refused():
    error = fault(
        HEAD + CLOCKS
        + rules(
            "applies: close; needs: {by: [centre, handler]}",
            "applies: close; if: {by: handler}",
            "applies: close; if: {by: centre}; needs: {by: handler}",
        )
    )  # fmt: skip

    assert error.field == "rules[2].needs"
    assert "no role may do close" in error.reason


def test_a_step_that_is_forbidden_outright_is_the_regulations_own_will():
    text = HEAD + CLOCKS + rules("applies: decline", "applies: decline; needs: {by: centre}")

    assert parse_procedure(text.encode(), "house.yaml").id == "house"


CLOCK_FAULTS = [
    ("to: CustomerAnswered", "to: CustomerAnswered", "applies: answer", "clocks[0].to", "can never stop"),
    ("to: CustomerAnswered", "to: ComplaintRegistered", "applies: decline", "clocks[0].to", "registered once"),
    ("from: OrderIssued", "from: OrderIssued", "applies: issue_order", "clocks[1].from", "can never start"),
    ("from: OrderIssued", "from: ComplaintRegistered", "applies: decline", "clocks[1].from", "about no order"),
    ("value: 24, unit: hours", "value: 0, unit: hours", "applies: decline", "clocks[0].limit", "whole number from 1"),
    ("value: 24, unit: hours", "value: 1000000000, unit: hours", "applies: decline", "clocks[0].limit", "longer than 438000 hours"),
    ("value: 24, unit: hours", "value: 24, unit: huors", "applies: decline", "clocks[0].limit", "did you mean 'hours'"),
    ("value: 24, unit: hours", "valeu: 24, unit: hours", "applies: decline", "clocks[0].limit", "did you mean 'value'"),
    ("warn_at: 0.9", "warn_at: 1.5", "applies: decline", "clocks[0].warn_at", "share between 0 and 1"),
    ("warn_at: 0.9", "warn_ta: 0.9", "applies: decline", "clocks[0].warn_ta", "did you mean 'warn_at'"),
    ("by: [manager]", "by: [manger]", "applies: decline", "clocks[0].extend.by", "did you mean 'manager'"),
    ("by: [manager]", "by: [manager], unit: groop", "applies: decline", "clocks[0].extend.unit", "did you mean 'group'"),
    ("warn_at: 0.9", "when: {level: mnor}", "applies: decline", "clocks[0].when.level", "did you mean 'minor'"),
    ("warn_at: 0.9", "when: {start.by: angent}", "applies: decline", "clocks[0].when.start.by", "did you mean 'agent'"),
    ("warn_at: 0.9", "when: {vip: 1}", "applies: decline", "clocks[0].when.vip", "can never be vip (flag)"),
    ("warn_at: 0.9", "from_at: rooms", "applies: decline", "clocks[0].from_at", "holds no time"),
    ("warn_at: 0.9", "then: {do: clsoe, by: system}", "applies: decline", "clocks[0].then.do", "did you mean 'close'"),
    ("warn_at: 0.9", "then: {do: close, by: system, with: {outcome: sovled}}", "applies: decline", "clocks[0].then.with.outcome", "did you mean 'solved'"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "rule", "field", "reason"), CLOCK_FAULTS)
def test_a_clock_that_can_never_work_is_refused(good, bad, rule, field, reason):
    assert good in CLOCKS
    error = fault(HEAD + CLOCKS.replace(good, bad, 1) + rules(rule))

    assert error.field.startswith(field)
    assert reason in error.reason


BAD_VALUES = [
    ("applies: close; needs: {with: {outcome: sovled}}", "rules[0].needs.with.outcome", "did you mean 'solved'"),
    ("applies: close; needs: {case: {problem: [room, nois]}}", "rules[0].needs.case.problem[1]", "did you mean 'noise'"),
    ("applies: close; needs: {case: {level: {not: mjor}}}", "rules[0].needs.case.level.not", "did you mean 'major'"),
    ("applies: close; needs: {case: {vip: 'true'}}", "rules[0].needs.case.vip", "can never be vip (flag)"),
    ("applies: close; needs: {last: {event: RevisitMade, with: {satisfaction: happy}}}", "rules[0].needs.last.with.satisfaction", "can never be"),
    ("applies: close; needs: {unit: groop}", "rules[0].needs.unit", "did you mean 'group'"),
    ("applies: close; needs: {orders: {holder: a/b/c}}", "rules[0].needs.orders.holder", "no unit 'a/b/c'"),
    ("applies: close; needs: {happened: {event: CustomerAnswered, unit: a/b/c}}", "rules[0].needs.happened.unit", "no unit"),
    ("applies: close; needs: {happened: {event: CustomerAnswered, at_least: 2, at_most: 1}}", "rules[0].needs.happened.at_most", "can never hold"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "field", "reason"), BAD_VALUES)
def test_a_value_that_can_never_be_is_refused(rule, field, reason):
    error = fault(HEAD + CLOCKS + rules(rule))

    assert error.field == field
    assert reason in error.reason


def test_what_was_in_force_once_stays_readable():
    unsound = (HEAD + CLOCKS + rules(CLOSED_BEFORE_ANSWER, ANSWER_BEFORE_CLOSE)).encode()

    assert parse_procedure(unsound, "house.yaml", in_force_once=True).id == "house"
