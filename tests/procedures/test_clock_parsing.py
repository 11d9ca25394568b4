"""Clock declarations as they stand in procedure files, and what is refused."""

from __future__ import annotations

import pytest
import yaml

from libs.procedures.clocks import Clock, Limit, parse_clock
from libs.procedures.errors import DeclarationError

FULL = """
id: handle
title: {zh: 處理, en: Handling}
from: [OrderIssued, OrderReceived]
to: OrderFedBack
order: same
limit: {min: 16, max: 40, unit: hours}
bound: {min: [{tier: vip}], max: otherwise}
cap: {when: {kind: assist}, not_after: due time of the order named in `of`}
when: {level: [provincial, national], start.to_kind: department, register.channel: hotline,
       open_orders: 0, stop.to: issuer of the order}
restart: each time
open_run: cancelled
lives_on: true
cancelled_by: {OrderIssued: {kind: redo}}
extend: {by: [manager], unit: property/management, needs: a reason,
         cap: {value: 15, unit: workdays}, or: {basis: customer-date, by: [agent, centre]}}
soft: true
then: {do: escalate, by: system, with: {level: major}}
warn_at: 0.9
defaulted: true
source: '2.4.2'
"""
RANGE = {"min": 1, "max": 2, "unit": "hours"}
LEAST = {"id": "a", "from": "X", "to": "Y", "limit": {"value": 1, "unit": "hours"}}


def test_every_key_is_understood() -> None:
    clock = parse_clock(yaml.safe_load(FULL), ("clocks", 0))
    assert (clock.starts, clock.stops) == (("OrderIssued", "OrderReceived"), ("OrderFedBack",))
    assert (clock.limit.limit, clock.limit.other) == (Limit(40, "hours"), Limit(16, "hours"))
    assert [one.name for one in clock.class_when] == ["level"]
    assert [one.name for one in clock.start_when] == ["to_kind"]
    assert [one.name for one in clock.register_when] == ["channel"]
    assert [one.name for one in clock.counted_when] == ["open_orders"]
    assert [one.by_issuer for one in clock.stop_when] == [True]
    assert clock.per_order
    assert clock.restarts
    assert not clock.open_run_stays
    assert clock.lives_on
    assert clock.soft
    assert clock.defaulted
    assert clock.warn_at == (900,)
    assert clock.cancelled_by.keys() == {"OrderIssued"}
    assert clock.consequence is not None
    assert (clock.consequence.action, clock.consequence.data) == ("escalate", {"level": "major"})
    extension = clock.extension
    assert extension is not None
    assert (extension.by, extension.unit) == (("manager",), "property/management")
    assert extension.cap == Limit(15, "workdays")
    assert extension.alternative is not None
    assert extension.alternative.basis == "customer-date"


def test_an_operator_sets_the_limits_of_open_parameters() -> None:
    node = {**LEAST, "limit": {"value": 5, "unit": "workdays", "parameter": "plan-limit"}}

    def limit(parameters: dict[str, object]) -> Limit | None:
        return parse_clock(node, (), parameters).limit.limit

    assert limit({}) == Limit(5, "workdays")
    assert limit({"other": 9}) == Limit(5, "workdays")
    assert limit({"plan-limit": 3}) == Limit(3, "workdays")
    assert limit({"plan-limit": {"value": 36, "unit": "hours"}}) == Limit(36, "hours")


def test_the_upper_end_of_a_range_may_hold_for_everybody() -> None:
    node = {**LEAST, "limit": {"min": 24, "max": 96, "unit": "hours"}, "bound": {"max": "always"}}
    clock: Clock = parse_clock(node, ())
    assert (clock.limit.limit, clock.limit.other) == (Limit(96, "hours"), None)


def test_an_open_parameter_decides_whether_a_bound_of_a_range_is_in_force() -> None:
    node = {
        **LEAST,
        "limit": {"min": 24, "max": 96, "unit": "hours"},
        "bound": {"min": [{"tier": "vip", "parameter.vip-shorter": True}], "max": "otherwise"},
    }

    def limit(tier: str, *, shorter: bool) -> Limit | None:
        return parse_clock(node, (), {"vip-shorter": shorter}).limit.choose({"tier": tier})

    assert limit("vip", shorter=True) == Limit(24, "hours")
    assert limit("vip", shorter=False) == Limit(96, "hours")
    assert limit("ordinary", shorter=True) == Limit(96, "hours")
    with pytest.raises(DeclarationError, match="no open parameter 'vip-shorter'"):
        parse_clock(node, ())


@pytest.mark.parametrize(
    ("changed", "path", "reason"),
    [
        ({"form": "X"}, "form", "known here: bound, cancelled_by"),
        ({"id": None}, "id", "text is expected"),
        ({"source": 2.4}, "source", "in quotes"),
        ({"from": []}, "from", "a name or a list of names"),
        ({"order": "any"}, "order", "'any' is not same"),
        ({"limit": 4}, "limit", "a mapping with parameter, rolls, unit"),
        ({"limit": {"value": 4, "unit": "weeks"}}, "limit.unit", "'weeks' is not one of minutes"),
        ({"limit": {"value": 0, "unit": "hours"}}, "limit.value", "whole number from 1"),
        ({"limit": {"value": 1.5, "unit": "hours"}}, "limit.value", "whole number from 1"),
        ({"limit": {"value": True, "unit": "hours"}}, "limit.value", "whole number from 1"),
        ({"limit": {"value": 1, "unit": "hours", "rolls": True}}, "limit.rolls", "days and months"),
        ({"limit": {"field": "due"}}, "limit", "start.<field>"),
        ({"limit": RANGE}, "bound", "a range needs a bound"),
        ({"bound": {"max": "always"}}, "bound", "only a range"),
        (
            {"limit": RANGE, "bound": {"min": [], "max": "otherwise"}},
            "bound.min",
            "a list of conditions",
        ),
        (
            {"limit": RANGE, "bound": {"min": "always", "max": "always"}},
            "bound",
            "one end holds always",
        ),
        ({"when": ["level"]}, "when", "a mapping of field to value"),
        ({"when": {"level": []}}, "when.level", "an empty list accepts nothing"),
        ({"when": {"level": {"is": "x"}}}, "when.level", "neither text, number"),
        ({"when": {"end.to": "x"}}, "when.end.to", "a prefix is start."),
        ({"when": {"stop.Z.to": "x"}}, "when.stop.Z.to", "Z does not stop this clock"),
        ({"restart": "always"}, "open_run", "says stays or cancelled"),
        ({"open_run": "goes"}, "open_run", "'goes' is not stays or cancelled"),
        ({"warn_at": 1.5}, "warn_at", "between 0 and 1"),
        ({"warn_at": 0.12345}, "warn_at", "in thousandths"),
        ({"soft": "yes"}, "soft", "true or false"),
        ({"cap": {"when": {"a": 1}, "not_after": "ever"}}, "cap.not_after", "the cap known"),
        (
            {"cap": {"not_after": "due time of the order named in `of`"}},
            "cap.when",
            "names the fields of the order",
        ),
        ({"extend": {"by": ["centre"], "cap": 3}}, "extend.cap", "a mapping"),
        ({"then": {"do": "close", "by": "centre"}}, "then.by", "'centre' is not system"),
        ({"then": {"do": "close", "with": {"x": [1]}}}, "then.with.x", "text, number"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_refused_with_place_and_reason(
    changed: dict[str, object], path: str, reason: str
) -> None:
    with pytest.raises(DeclarationError, match=reason) as caught:
        parse_clock({**LEAST, **changed}, ("clocks", 3))
    assert ".".join(map(str, caught.value.path)) == f"clocks.3.{path}"
