"""Time limits as a procedure writes them: a number and a unit, a range, or a time given in data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

from libs.procedures.conditions import Condition, parse_conditions
from libs.procedures.document import suggestion
from libs.procedures.errors import DeclarationError, Path
from libs.procedures.facts import Value

Unit = Literal["minutes", "hours", "days", "workdays", "months", "working-minutes", "working-hours"]
Rolling = Literal["day", "instant"]
Parameters = Mapping[str, object]
LONGEST: dict[str, int] = {
    "minutes": 26_280_000,
    "hours": 438_000,
    "days": 18_250,
    "workdays": 12_500,
    "months": 600,
    "working-minutes": 6_000_000,
    "working-hours": 100_000,
}
"""The longest limit of each unit: about fifty years, longer than any archive is kept."""


class Limit(msgspec.Struct, frozen=True):
    """A duration. `days` are 24 hours each (0: until 24:00 of the same day), `workdays` end at
    24:00 of the n-th working day after the starting day, `working-*` run only in working hours.
    `rolls`: a limit that ends outside working time ends later instead: with the next working day
    (`day`; for days and months that end on a day off), or when work begins again (`instant`).
    """

    value: int
    unit: Unit
    rolls: Rolling | None = None


class LimitRule(msgspec.Struct, frozen=True):
    """Which limit a run gets: `limit`, or `other` where one of the groups in `other_when` holds.

    `field`: the due time is a field of the starting event instead; without it there is no run.
    """

    limit: Limit | None
    field: str | None = None
    other: Limit | None = None
    other_when: tuple[tuple[Condition, ...], ...] = ()

    def choose(self, attributes: Mapping[str, Value]) -> Limit | None:
        """The limit for a complaint with these attributes; None when the due time is given."""
        for group in self.other_when:
            if all(condition.holds(attributes.get(condition.name)) for condition in group):
                return self.other
        return self.limit


def parse_limit(node: object, where: Path, parameters: Parameters) -> Limit:
    """A plain limit `{value, unit, parameter, rolls}`; an operator's value for it wins."""
    entry = _entry(node, where, {"value", "unit", "parameter", "rolls"})
    value, unit = entry.get("value"), entry.get("unit")
    if (name := entry.get("parameter")) is not None and name in parameters:
        chosen = parameters[str(name)]
        value, unit = (
            (chosen.get("value"), chosen.get("unit", unit))
            if isinstance(chosen, Mapping)
            else (chosen, unit)
        )
    limit = _limit(value, unit, where)
    return Limit(limit.value, limit.unit, _rolling(entry.get("rolls"), limit, (*where, "rolls")))


def parse_limit_rule(node: object, bound: object, where: Path, parameters: Parameters) -> LimitRule:
    """The `limit` of a clock with its `bound`. Raises DeclarationError for what does not fit."""
    limit_at = (*where, "limit")
    if isinstance(node, Mapping) and "field" in node:
        entry = _entry(node, limit_at, {"field"})
        prefix, _, field = str(entry["field"]).partition(".")
        if prefix != "start" or not field:
            raise DeclarationError(limit_at, "a given due time is written start.<field>")
        return LimitRule(None, field=field)
    if isinstance(node, Mapping) and ("min" in node or "max" in node):
        entry = _entry(node, limit_at, {"min", "max", "unit"})
        unit = entry.get("unit")
        ends = {end: _limit(entry.get(end), unit, limit_at) for end in ("min", "max")}
        return _bounded(ends, bound, (*where, "bound"), parameters)
    if bound is not None:
        raise DeclarationError((*where, "bound"), "only a range (min, max) has a bound")
    return LimitRule(parse_limit(node, limit_at, parameters))


def _bounded(
    ends: Mapping[str, Limit], node: object, where: Path, parameters: Parameters
) -> LimitRule:
    if not isinstance(node, Mapping) or not node or not set(node) <= {"min", "max"}:
        raise DeclarationError(where, "a range needs a bound: min or max, with its conditions")
    always = [end for end, rule in node.items() if rule == "always"]
    otherwise = [end for end, rule in node.items() if rule == "otherwise"]
    chosen = always or otherwise
    if len(chosen) != 1 or (always and len(node) > 1):
        raise DeclarationError(
            where, "one end holds always, or one has conditions and the other otherwise"
        )
    if always:
        return LimitRule(ends[always[0]])
    other = "max" if otherwise[0] == "min" else "min"
    groups = node.get(other)
    if not isinstance(groups, list) or not groups:
        raise DeclarationError(
            (*where, other), "a list of conditions is expected, any one of which decides"
        )
    return LimitRule(
        ends[otherwise[0]],
        other=ends[other],
        other_when=tuple(
            parse_conditions(asked, (*where, other, number))
            for number, group in enumerate(groups)
            if (asked := _within_parameters(group, (*where, other, number), parameters)) is not None
        ),
    )


def _within_parameters(group: object, where: Path, parameters: Parameters) -> object:
    """What the group asks of the complaint; None where an open parameter (`parameter.<id>`) stands
    otherwise than the group wants it, so that it never holds.
    """
    if not isinstance(group, Mapping):
        return group
    rest = {}
    for key, wanted in group.items():
        prefix, _, name = str(key).partition(".")
        if prefix != "parameter":
            rest[key] = wanted
        elif name not in parameters:
            raise DeclarationError((*where, str(key)), f"no open parameter '{name}'")
        elif parameters[name] != wanted:
            return None
    return rest


def _rolling(node: object, limit: Limit, where: Path) -> Rolling | None:
    if node is None or node is False:
        return None
    if (node is True or node == "day") and limit.unit in ("days", "months"):
        return "day"
    if node == "instant" and limit.unit in ("minutes", "hours", "days", "months"):
        return "instant"
    reason = "day (or true) for days and months, instant for these, minutes and hours"
    raise DeclarationError(where, reason)


def _limit(value: object, unit: object, where: Path) -> Limit:
    if unit not in get_args(Unit):
        near = suggestion(str(unit), get_args(Unit))
        reason = f"{unit!r} is not one of {', '.join(get_args(Unit))}{near}"
        raise DeclarationError((*where, "unit"), reason)
    least = 0 if unit == "days" else 1
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise DeclarationError((*where, "value"), f"{value!r} is not a whole number from {least}")
    if value > LONGEST[str(unit)]:
        raise DeclarationError((*where, "value"), f"is longer than {LONGEST[str(unit)]} {unit}")
    return msgspec.convert({"value": value, "unit": unit}, Limit)


def _entry(node: object, where: Path, keys: set[str]) -> Mapping[str, object]:
    if not isinstance(node, Mapping):
        raise DeclarationError(where, f"a mapping with {', '.join(sorted(keys))} is expected")
    if unknown := set(node) - keys:
        word = str(min(map(str, unknown)))
        near = suggestion(word, keys)
        raise DeclarationError((*where, word), f"known here: {', '.join(sorted(keys))}{near}")
    return node
