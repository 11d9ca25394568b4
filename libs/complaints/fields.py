"""Checking what a step says against the catalogue and the procedure, before any rule looks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from libs.procedures.document import suggestion
from libs.procedures.facts import Scalar, Value
from libs.procedures.fieldtypes import FieldError, FieldType, read_value
from libs.procedures.schema import Procedure


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """Fields as rules see them, and what is wrong with the others."""

    data: dict[str, Value]
    errors: tuple[FieldError, ...]


def check_fields(action: str, raw: Mapping[str, object], procedure: Procedure) -> Checked:
    """The fields of a step, typed; an unknown or unfit one is an error naming field and reason.

    A field given as null counts as not given.
    """
    declared = procedure.fields.get(action, {})
    data: dict[str, Value] = {}
    errors: list[FieldError] = []
    for name, value in raw.items():
        field = declared.get(name)
        if field is None:
            reason: str | None = f"is not a field of {action}{suggestion(name, declared)}"
        elif value is None:
            continue
        else:
            typed, reason = _typed(field, value, procedure)
            if reason is None:
                data[name] = typed
        if reason is not None:
            errors.append(FieldError(field=name, reason=reason))
    return Checked(data=data, errors=tuple(errors))


def _typed(field: FieldType, raw: object, procedure: Procedure) -> tuple[Value, str | None]:
    value, reason = read_value(field, raw)
    if reason is None and field.kind == "clock" and value not in procedure.clocks_by_id:
        return (
            None,
            f"names no clock of {procedure.id}{suggestion(str(value), procedure.clocks_by_id)}",
        )
    return value, reason


def sealed_among(data: Mapping[str, Value], action: str, procedure: Procedure) -> frozenset[str]:
    """The fields that are sealed: free texts, and whatever the procedure does not know."""
    fields = procedure.fields.get(action, {})
    return frozenset(
        name for name, value in data.items() if name not in fields or fields[name].seals(value)
    )


def encode(data: Mapping[str, Value]) -> dict[str, object]:
    """Clear fields as an event's body holds them: times as ISO 8601 in UTC, lists as lists."""
    return {
        name: [_encoded(member) for member in value]
        if isinstance(value, tuple)
        else _encoded(value)
        for name, value in data.items()
    }


def _encoded(value: Scalar) -> bool | int | str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value


def decode(event: str, stored: Mapping[str, object], procedure: Procedure) -> dict[str, Value]:
    """Clear fields of a stored event as rules see them. A field that the procedure does not know
    (an older version wrote it) stays as it stands, so that no stored event is ever refused.
    """
    types = procedure.event_fields(event)
    return {name: _decoded(types.get(name), value) for name, value in stored.items()}


def _decoded(field: FieldType | None, raw: object) -> Value:
    if isinstance(raw, list):
        return tuple(_decoded_one(field, member) for member in raw)
    return _decoded_one(field, raw)


def _decoded_one(field: FieldType | None, raw: object) -> Scalar:
    if field is not None and field.kind == "time" and isinstance(raw, str):
        return datetime.fromisoformat(raw).astimezone(UTC)
    assert raw is None or isinstance(raw, bool | int | str | datetime)
    return raw
