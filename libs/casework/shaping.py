"""From a request's JSON to a command: every field known and of its type, or every fault named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from libs.complaints.commands import BrokenRule
from libs.procedures.facts import Value
from libs.procedures.fieldtypes import OUT_OF_RANGE, FieldType, read_value
from libs.procedures.schema import Procedure

ORDER = FieldType(kind="order")
UNITS = FieldType(kind="unit", many=True)
TIME = FieldType(kind="time")
SLUG = FieldType(kind="slug")
MEMBERS = ("order", "to", "happened_at", "with")
LONGEST_TEXT = 20_000
MOST_TEXT_BYTES = 36_000
"""All free text of a step together: sealed and encoded it must fit an event's 64 KiB."""
MOST_BYTES_A_CHARACTER = 4
MOST_ENTRIES = 200
PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
CODES = {
    "flag": "not-flag",
    "whole": "not-whole",
    "time": "not-time",
    "unit": "not-unit",
    "order": "not-order",
    "term": "not-term",
    "slug": "not-slug",
    "clock": "not-slug",
    "file": "not-file",
}

Json = object


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one field: a dotted path, a stable code, the limits that it names."""

    field: str
    code: str
    limits: dict[str, int | str] = {}


class Shaped(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a command that a request's body says."""

    order: str | None
    to: tuple[str, ...]
    happened_at: datetime | None
    data: dict[str, Value]


class BadFields(Exception):
    """A request is not shaped as its action and procedure ask; nothing was changed.

    `unfit`: the request with its words as they came, where nothing is wrong but a word outside its
    vocabulary: rules may have their say about it too. `broken`: what they said.
    """

    def __init__(self, faults: list[Fault], unfit: Shaped | None = None) -> None:
        super().__init__(", ".join(f"{fault.field}: {fault.code}" for fault in faults))
        self.faults, self.unfit = faults, unfit
        self.broken: tuple[BrokenRule, ...] = ()


def shape(
    body: Mapping[str, Json], action: str, procedure: Procedure, extra: tuple[str, ...] = ()
) -> Shaped:
    """Return what the body says, each value of its type. Raises `BadFields` with all faults.

    What the action's fields are is the procedure's word. A member of the body beyond the four that
    every step has and `extra` is a fault, and so is a field that is not declared.
    """
    faults = list(_unknown_members(body, extra))
    order = _read(ORDER, "order", body.get("order"), faults)
    to = _read(UNITS, "to", body.get("to"), faults)
    happened_at = _read(TIME, "happened_at", body.get("happened_at"), faults)
    data = _read_fields(body.get("with"), procedure.fields[action], faults)
    faults.extend(_unknown_clocks(data, action, procedure))
    faults.extend(_too_much_text(data, action, procedure))
    words = _words(body.get("with"), faults)
    if len(words) < len(faults):
        raise BadFields(faults)
    assert isinstance(happened_at, datetime | None)
    assert isinstance(order, str | None)
    shaped = Shaped(order=order, to=_units(to), happened_at=happened_at, data={**data, **words})
    if faults:
        raise BadFields(faults, shaped)
    return shaped


def _words(given: Json, faults: list[Fault]) -> dict[str, Value]:
    """Single words outside their vocabularies, by field."""
    named = {fault.field.removeprefix("with.") for fault in faults if fault.code == CODES["term"]}
    fields = given if isinstance(given, dict) else {}
    return {name: fields[name] for name in named if isinstance(fields[name], str)}


def _units(to: Value) -> tuple[str, ...]:
    return tuple(str(unit) for unit in to) if isinstance(to, tuple) else ()


def _unknown_clocks(
    data: Mapping[str, Value], action: str, procedure: Procedure
) -> Iterator[Fault]:
    for name, value in data.items():
        is_clock = procedure.fields[action][name].kind == "clock"
        if is_clock and value is not None and value not in procedure.clocks_by_id:
            yield Fault(field=f"with.{name}", code="no-such-clock")


def _too_much_text(data: Mapping[str, Value], action: str, procedure: Procedure) -> Iterator[Fault]:
    fields = procedure.fields[action]
    texts = {name: str(value) for name, value in data.items() if fields[name].seals(value)}
    if sum(map(len, texts.values())) * MOST_BYTES_A_CHARACTER <= MOST_TEXT_BYTES:
        return
    sizes = {name: len(text.encode()) for name, text in texts.items()}
    if sum(sizes.values()) > MOST_TEXT_BYTES:
        longest = max(sizes, key=lambda name: sizes[name])
        limits: dict[str, int | str] = {"most": MOST_TEXT_BYTES}
        yield Fault(field=f"with.{longest}", code="too-much-text", limits=limits)


def _unknown_members(body: Mapping[str, Json], extra: tuple[str, ...]) -> Iterator[Fault]:
    for name in body:
        if name not in MEMBERS and name not in extra:
            yield Fault(field=_shown(name), code="unknown")


def _read_fields(
    given: Json, fields: Mapping[str, FieldType], faults: list[Fault]
) -> dict[str, Value]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        faults.append(Fault(field="with", code="not-object"))
        return {}
    data: dict[str, Value] = {}
    for name, raw in given.items():
        field = fields.get(name)
        if field is None:
            faults.append(Fault(field=f"with.{_shown(name)}", code="unknown"))
        elif raw is not None:
            data[name] = _read(field, f"with.{name}", raw, faults)
    return data


def _read(field: FieldType, path: str, raw: Json, faults: list[Fault]) -> Value:
    if raw is None:
        return None
    value, reason = read_value(field, raw)
    if reason is not None:
        unheard_of = reason == OUT_OF_RANGE
        faults.append(
            Fault(field=path, code="time-out-of-range") if unheard_of else _fault(field, path, raw)
        )
    return value


def _fault(field: FieldType, path: str, raw: Json) -> Fault:
    if isinstance(raw, list) and field.many:
        if len(raw) > MOST_ENTRIES:
            return Fault(field=path, code="too-many", limits={"most": MOST_ENTRIES})
    elif isinstance(raw, list | dict):
        return Fault(field=path, code=CODES.get(field.kind, "not-string"))
    if field.kind in CODES:
        return Fault(field=path, code=CODES[field.kind])
    texts = raw if isinstance(raw, list) else [raw]
    if not all(isinstance(text, str) for text in texts):
        return Fault(field=path, code="not-string")
    if any(not str(text).strip() for text in texts):
        return Fault(field=path, code="empty")
    return Fault(field=path, code="too-long", limits={"most": LONGEST_TEXT})


def _shown(name: str) -> str:
    # An unknown name is the client's text: it is sent back only where it looks like a name.
    return name if PLAIN_NAME.fullmatch(name) else "?"
