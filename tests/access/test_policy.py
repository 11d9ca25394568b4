"""Who sees which case: the whole table, case by case."""

from __future__ import annotations

import itertools

import pytest

from libs.access.identity import ROLES, Subject
from libs.access.policy import Involvement, Policy

CASE = Involvement(
    registered_by="henan/hotline", units=frozenset({"henan/network", "hebei/zhangjiakou/remote"})
)
APPEAL = Involvement(registered_by="national/centre", units=frozenset(), tier="appeal")


def subject(role, unit):
    return Subject(staff="s1", role=role, unit=unit)


def decide(role, unit, case=CASE, **settings):
    return Policy(**settings).decide(subject(role, unit), case)


@pytest.mark.parametrize(
    ("role", "unit", "rule"),
    [
        ("agent", "henan/hotline", "own-unit"),
        ("handler", "henan/network", "own-unit"),
        ("handler", "henan", "own-unit"),
        ("manager", "hebei/zhangjiakou", "own-unit"),
        ("centre", "henan/centre", "province-desk"),
        ("director", "hebei/office", "province-desk"),
        ("auditor", "henan/audit", "auditor"),
        ("auditor", "national/audit", "auditor"),
        ("centre", "national/centre", "headquarters"),
        ("manager", "national", "headquarters"),
    ],
)
def test_who_sees_a_case(role, unit, rule):
    access = decide(role, unit)
    assert access.allowed
    assert access.rule == rule


@pytest.mark.parametrize(
    ("role", "unit"),
    [
        ("handler", "henan/billing"),
        ("handler", "henan/net"),
        ("handler", "henan/network/north"),
        ("agent", "henan/hall-07"),
        ("manager", "henan/billing"),
        ("centre", "shandong/centre"),
        ("director", "shandong"),
        ("auditor", "shandong/audit"),
        ("handler", "national/network"),
        ("regulator", "miit"),
        ("customer", "henan/hotline"),
        ("system", "henan/hotline"),
    ],
)
def test_who_does_not(role, unit):
    assert not decide(role, unit).allowed


def test_path_tricks_open_nothing():
    for unit in ("hena", "henan-2", "henan/networks", "henan/hotline2"):
        assert not decide("handler", unit).allowed


def test_an_auditor_sees_no_text_and_a_handler_does():
    assert not decide("auditor", "national/audit").text
    assert decide("handler", "henan/network").text


def test_a_regulator_looks_on_at_appeals():
    access = decide("regulator", "miit", APPEAL)
    assert access.allowed
    assert access.permits("conclude_appeal")
    assert not access.permits("close")
    assert not access.permits("issue_order")


def test_a_denied_subject_may_ask_for_nothing():
    assert not decide("handler", "henan/billing").permits("answer")


def test_everybody_sees_a_simulation():
    for role in ROLES:
        assert decide(role, "anywhere", simulation=True).text


def test_the_head_office_is_where_the_installation_says():
    assert decide("centre", "bank/complaints", headquarters="bank").allowed
    assert not decide("centre", "bank/complaints").allowed


def test_whoever_lists_a_unit_sees_the_cases_of_that_unit():
    units = ["henan", "henan/network", "hebei/centre", "national", "national/centre"]
    policy = Policy()
    for role, unit, listed in itertools.product(sorted(ROLES), units, units):
        who = subject(role, unit)
        case = Involvement(registered_by="elsewhere/desk", units=frozenset({listed}))
        if policy.may_list(who, listed):
            assert policy.decide(who, case).allowed, (role, unit, listed)
