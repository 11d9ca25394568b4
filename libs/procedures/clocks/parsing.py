"""Reads clock declarations from procedure files."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import get_args

from libs.procedures.clocks.declaration import (
    Clock,
    Conditions,
    Consequence,
    CountedFact,
    Extension,
    Pausing,
    StopCondition,
)
from libs.procedures.clocks.limits import Parameters, parse_limit, parse_limit_rule
from libs.procedures.conditions import Condition, parse_condition, parse_conditions
from libs.procedures.document import suggestion
from libs.procedures.errors import DeclarationError, Path
from libs.procedures.facts import Value

ISSUER = "issuer of the order"
MAIN_ORDER_DUE = "due time of the order named in `of`"
_WHOLE = 1000
_KEYS = {
    "id", "title", "from", "from_at", "to", "order", "limit", "bound", "cap", "when", "restart",
    "open_run", "lives_on", "cancelled_by", "extend", "pause", "soft", "then", "warn_at",
    "defaulted", "on_miss", "source", "quote", "reading",
}  # fmt: skip


def parse_clock(node: object, where: Path, parameters: Parameters | None = None) -> Clock:
    """The clock declared by this node of a procedure file.

    `where` is the node's path in its file; `parameters` are the operator's own values for limits
    that name an open parameter. Raises DeclarationError for an unknown key or a wrong value.
    """
    entry = _mapping(node, where, _KEYS)
    stops = _names(entry.get("to"), (*where, "to"))
    when = _When(entry.get("when"), stops, (*where, "when"))
    restarts = entry.get("restart") not in (None, False)
    return Clock(
        id=_text(entry.get("id"), (*where, "id")),
        starts=_names(entry.get("from"), (*where, "from")),
        stops=stops,
        limit=parse_limit_rule(entry.get("limit"), entry.get("bound"), where, parameters or {}),
        per_order=_choice(entry.get("order"), ("same",), (*where, "order")) is not None,
        class_when=when.of_attributes,
        start_when=when.of_start,
        register_when=when.of_registration,
        counted_when=when.counted,
        stop_when=when.of_stop,
        restarts=restarts,
        open_run_stays=_open_run(entry.get("open_run"), restarts, (*where, "open_run"))
        != "cancelled",
        lives_on=_flag(entry.get("lives_on"), (*where, "lives_on")),
        cancelled_by=_cancelled_by(entry.get("cancelled_by"), (*where, "cancelled_by")),
        capped_when=_cap(entry.get("cap"), (*where, "cap")),
        from_at=_optional_text(entry.get("from_at"), (*where, "from_at")),
        extension=_extension(entry.get("extend"), (*where, "extend"), parameters or {}),
        pausing=_pausing(entry, where),
        soft=_flag(entry.get("soft"), (*where, "soft")),
        defaulted=_flag(entry.get("defaulted"), (*where, "defaulted")),
        warn_at=_shares(entry.get("warn_at"), (*where, "warn_at")),
        consequence=_consequence(entry.get("then"), (*where, "then")),
        title=_title(entry.get("title"), (*where, "title")),
        on_miss=_optional_text(entry.get("on_miss"), (*where, "on_miss")),
        source=_optional_text(entry.get("source"), (*where, "source")),
        quote=_optional_text(entry.get("quote"), (*where, "quote")),
        reading=_optional_text(entry.get("reading"), (*where, "reading")),
    )


class _When:
    """The conditions of a clock, sorted by what they look at."""

    def __init__(self, node: object, stops: tuple[str, ...], where: Path) -> None:
        self._sorted: dict[str, list[Condition]] = {"": [], "start": [], "register": [], "#": []}
        self._stop: list[StopCondition] = []
        entry = node if isinstance(node, Mapping) else {}
        if node is not None and not isinstance(node, Mapping):
            raise DeclarationError(where, "conditions are a mapping of field to value")
        for key, value in entry.items():
            self._add(str(key), value, stops, (*where, str(key)))
        self.of_attributes = tuple(self._sorted[""])
        self.of_start = tuple(self._sorted["start"])
        self.of_registration = tuple(self._sorted["register"])
        self.counted = tuple(self._sorted["#"])
        self.of_stop = tuple(self._stop)

    def _add(self, key: str, value: object, stops: tuple[str, ...], where: Path) -> None:
        prefix, _, name = key.rpartition(".")
        if prefix == "stop" or prefix.startswith("stop."):
            event = prefix.removeprefix("stop").removeprefix(".") or None
            if event is not None and event not in stops:
                raise DeclarationError(where, f"{event} does not stop this clock")
            self._stop.append(
                StopCondition(
                    parse_condition(name, value, where),
                    event=event,
                    only_if_carried=event is None and len(stops) > 1,
                    by_issuer=value == ISSUER,
                )
            )
            return
        kind = "#" if not prefix and name in get_args(CountedFact) else prefix
        if kind not in self._sorted:
            raise DeclarationError(where, "a prefix is start., register., stop. or stop.<Event>.")
        self._sorted[kind].append(parse_condition(name, value, where))


def _open_run(node: object, restarts: bool, where: Path) -> str | None:
    choice = _choice(node, ("stays", "cancelled"), where)
    if restarts and choice is None:
        raise DeclarationError(where, "a clock that restarts says stays or cancelled")
    return choice


def _cancelled_by(node: object, where: Path) -> dict[str, Conditions]:
    entry = _mapping(node or {}, where)
    return {
        event: parse_conditions(conditions, (*where, event)) for event, conditions in entry.items()
    }


def _cap(node: object, where: Path) -> Conditions:
    if node is None:
        return ()
    entry = _mapping(node, where, {"when", "not_after"})
    if entry.get("not_after") != MAIN_ORDER_DUE:
        raise DeclarationError((*where, "not_after"), f"the cap known is '{MAIN_ORDER_DUE}'")
    conditions = parse_conditions(entry.get("when"), (*where, "when"))
    if not conditions:
        raise DeclarationError((*where, "when"), "the cap names the fields of the order it is for")
    return conditions


def _extension(node: object, where: Path, parameters: Parameters) -> Extension | None:
    if node is None:
        return None
    entry = _mapping(node, where, {"by", "unit", "when", "cap", "basis", "needs", "or"})
    cap = entry.get("cap")
    return Extension(
        by=_names(entry.get("by"), (*where, "by")),
        unit=_optional_text(entry.get("unit"), (*where, "unit")),
        when=parse_conditions(entry.get("when"), (*where, "when")),
        cap=None if cap in (None, "none") else parse_limit(cap, (*where, "cap"), parameters),
        basis=_optional_text(entry.get("basis"), (*where, "basis")),
        needs=_optional_text(entry.get("needs"), (*where, "needs")),
        alternative=_extension(entry.get("or"), (*where, "or"), parameters),
    )


def _pausing(entry: Mapping[str, object], where: Path) -> Pausing | None:
    if entry.get("pause") is None:
        return None
    limit = entry.get("limit")
    if isinstance(limit, Mapping) and ("field" in limit or limit.get("value") == 0):
        reason = "a given due time and the same day cannot pause"
        raise DeclarationError((*where, "pause"), reason)
    where = (*where, "pause")
    node = _mapping(entry["pause"], where, {"by", "unit", "needs"})
    return Pausing(
        by=_names(node.get("by"), (*where, "by")),
        unit=_optional_text(node.get("unit"), (*where, "unit")),
        needs=_optional_text(node.get("needs"), (*where, "needs")),
    )


def _consequence(node: object, where: Path) -> Consequence | None:
    if node is None:
        return None
    entry = _mapping(node, where, {"do", "by", "with"})
    _choice(entry.get("by"), ("system",), (*where, "by"))
    data: dict[str, Value] = {}
    for name, value in _mapping(entry.get("with") or {}, (*where, "with")).items():
        if not isinstance(value, bool | int | str):
            raise DeclarationError((*where, "with", name), "text, number or truth value expected")
        data[name] = value
    return Consequence(_text(entry.get("do"), (*where, "do")), data)


def _title(node: object, where: Path) -> dict[str, str]:
    entry = _mapping(node or {}, where, {"zh", "en"})
    return {language: _text(text, (*where, language)) for language, text in entry.items()}


def _shares(node: object, where: Path) -> tuple[int, ...]:
    shares = () if node is None else tuple(node) if isinstance(node, list) else (node,)
    return tuple(sorted(_thousandths(share, where) for share in shares))


def _thousandths(share: object, where: Path) -> int:
    exact = Fraction(str(share)) * 1000 if isinstance(share, float) else Fraction(0)
    if not 0 < exact < _WHOLE or exact.denominator != 1:
        raise DeclarationError(where, f"{share!r} is not a share between 0 and 1 in thousandths")
    return exact.numerator


def _names(node: object, where: Path) -> tuple[str, ...]:
    names = node if isinstance(node, list) else [node]
    if not names or not all(isinstance(name, str) for name in names):
        raise DeclarationError(where, "a name or a list of names is expected")
    return tuple(names)


def _text(node: object, where: Path) -> str:
    if not isinstance(node, str) or not node:
        raise DeclarationError(where, "text is expected (figures in quotes)")
    return node


def _optional_text(node: object, where: Path) -> str | None:
    return None if node is None else _text(node, where)


def _flag(node: object, where: Path) -> bool:
    if node is not None and not isinstance(node, bool):
        raise DeclarationError(where, "true or false is expected")
    return bool(node)


def _choice(node: object, choices: tuple[str, ...], where: Path) -> str | None:
    if node is not None and node not in choices:
        raise DeclarationError(where, f"{node!r} is not {' or '.join(choices)}")
    return None if node is None else str(node)


def _mapping(node: object, where: Path, keys: set[str] | None = None) -> Mapping[str, object]:
    if not isinstance(node, Mapping):
        raise DeclarationError(where, "a mapping is expected")
    if keys is not None and (unknown := {str(key) for key in node} - keys):
        word = min(unknown)
        near = suggestion(word, keys)
        raise DeclarationError((*where, word), f"known here: {', '.join(sorted(keys))}{near}")
    return node
