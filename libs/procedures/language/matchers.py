"""Matchers: what a field must be. A value, a list (any of), null (not set), or operators."""

from __future__ import annotations

import calendar as months
import operator
from collections.abc import Callable
from datetime import datetime, timedelta

from libs.procedures.document import Node
from libs.procedures.facts import Fact, Scalar, Value
from libs.procedures.language.references import compile_reference, values
from libs.procedures.language.words import Words
from libs.procedures.situation import Situation

Matcher = Callable[[Value, Situation, Fact | None], bool]

_OPERATORS = (
    "set",
    "not",
    "contains",
    "at_least",
    "at_most",
    "more_than",
    "less_than",
    "not_after",
    "not_before",
    "current",
)


def compile_matcher(node: Node, words: Words, actions: tuple[str, ...] = ()) -> Matcher:
    """The matcher written at `node`."""
    if isinstance(node.value, dict):
        entries = node.mapping(_OPERATORS)
        if not entries:
            node.fail("names no operator")
        tests = [_operator(key, child, words, actions) for key, child in entries.items()]
        return lambda value, situation, event: all(t(value, situation, event) for t in tests)
    wanted = _wanted(node)
    return lambda value, _situation, _event: _any_of(value, wanted)


def _wanted(node: Node) -> frozenset[Scalar]:
    members = node.one_or_more()
    if not members:
        node.fail("must not be an empty list")
    found: set[Scalar] = set()
    for member in members:
        value = member.plain()
        if not isinstance(value, bool | int | str | None):
            member.fail("must be a word, a whole number, true, false or null")
        found.add(value)
    return frozenset(found)


def _any_of(value: Value, wanted: frozenset[Scalar]) -> bool:
    """Booleans are no numbers here: `1` does not match `true`."""
    if isinstance(value, tuple):
        return any(_any_of(member, wanted) for member in value) or (not value and None in wanted)
    return any(value == want and type(value) is type(want) for want in wanted)


def _operator(key: str, node: Node, words: Words, actions: tuple[str, ...]) -> Matcher:
    match key:
        case "set":
            expected = node.flag()
            return lambda value, _s, _e: (value is not None and value != ()) is expected
        case "not":
            inner = compile_matcher(node, words, actions)
            return lambda value, situation, event: not inner(value, situation, event)
        case "contains":
            wanted = _wanted(node)
            return lambda value, _s, _e: wanted <= set(values(value))
        case "not_after" | "not_before":
            return _moment(key, node, words, actions)
        case "current":
            return _current(node.word(("month", "quarter", "year")))
    return _compare(_COMPARISONS[key], node, words)


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "more_than": operator.gt,
    "less_than": operator.lt,
}


def _compare(test: Callable[[float, float], bool], node: Node, words: Words) -> Matcher:
    """Compares a whole number with a number, or with an open parameter: `{parameter: x}`."""
    parameter, fixed = "", 0.0
    if isinstance(node.value, dict):
        parameter = node.mapping(("parameter",))["parameter"].word(words.parameters)
    else:
        fixed = node.number()

    def holds(value: Value, situation: Situation, _event: Fact | None) -> bool:
        bound = situation.frame.parameters.get(parameter) if parameter else fixed
        if isinstance(value, bool) or not isinstance(value, int):
            return False
        return isinstance(bound, int | float) and test(value, bound)

    return holds


def _moment(key: str, node: Node, words: Words, actions: tuple[str, ...]) -> Matcher:
    """Compares a time field with another time; `now` is the moment of the step."""
    now = node.value == "now"
    other = None if now else compile_reference(node, words, actions)

    def holds(value: Value, situation: Situation, event: Fact | None) -> bool:
        moments = (situation.now,) if other is None else other(situation, event)
        if not isinstance(value, datetime) or not moments:
            return False
        moment = moments[0]
        if not isinstance(moment, datetime):
            return False
        if now:
            ahead = situation.not_after(value)
            return value <= moment if key == "not_after" else ahead
        return value <= moment if key == "not_after" else value >= moment

    return holds


def _current(period: str) -> Matcher:
    """The field names the month (2026-05), quarter (2026Q2) or year (2026) of the step."""

    def holds(value: Value, situation: Situation, _event: Fact | None) -> bool:
        local = situation.now.astimezone(situation.frame.timetable.timezone)
        quarter = (local.month + 2) // 3
        names = {
            "month": f"{local:%Y-%m}",
            "quarter": f"{local:%Y}Q{quarter}",
            "year": f"{local:%Y}",
        }
        if value != names[period]:
            return False
        last_month = {"month": local.month, "quarter": quarter * 3, "year": 12}[period]
        last_day = months.monthrange(local.year, last_month)[1]
        end = local.replace(
            month=last_month, day=last_day, hour=0, minute=0, second=0, microsecond=0
        )
        return situation.not_after(end + timedelta(days=1) - timedelta(microseconds=1))

    return holds
