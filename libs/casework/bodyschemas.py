"""JSON Schema of every event's body, made from the registry and the catalogue.

A body is what a record's value is: clear fields in `data`, free text sealed in `sealed`. The
catalogue's fields have their types; which words there are, one or several of them, and what further
fields, is the procedure's to declare.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from libs.casework.registry import REGISTRY
from libs.procedures.catalogue import event_fields
from libs.procedures.fieldtypes import PATTERNS, FieldType

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_HEX = "^[0-9a-f]+$"
_TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"}
_UNIT: Schema = {"type": "string", "pattern": PATTERNS["unit"]}
_ORDER: Schema = {"type": "string", "pattern": PATTERNS["order"]}
_SLUG: Schema = {"type": "string", "pattern": PATTERNS["slug"]}
_KINDS: Mapping[str, Schema] = {
    "flag": {"type": "boolean"},
    "whole": {"type": "integer"},
    "clock": _SLUG,
    "unit": _UNIT,
    "order": _ORDER,
    "time": _TIME,
}
_WORDED = ("file", "slug", "term", "text")
_WORD: Schema = {"type": "string"}
_WORDS: Schema = {"anyOf": [_WORD, {"type": "array", "items": _WORD}]}
_SCALAR: Schema = {"type": ["boolean", "integer", "string", "null"]}
_DECLARED: Schema = {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR}]}
_SEALED: Schema = {
    "type": "object",
    "description": "AES-GCM ciphertext under the complaint's key, and a salted commitment",
    "properties": {
        name: {"type": "string"} for name in ("key", "nonce", "ciphertext", "commitment")
    },
    "required": ["key", "nonce", "ciphertext", "commitment"],
    "additionalProperties": False,
}
_IMPORTED: Schema = {
    "type": "object",
    "description": "Where an event brought in from an old ledger comes from, and whose step it was",
    "properties": {
        "ledger": {"type": "string", "pattern": _HEX},
        "row": {"type": "integer"},
        "source": _SLUG,
        "role": {"type": "string"},
        "unit": _UNIT,
        "staff": _SLUG,
    },
    "required": ["ledger", "row", "source", "role", "unit"],
    "additionalProperties": False,
}


def body_schemas() -> dict[str, dict[int, Schema]]:
    """By event type and schema version: the version written today.

    Earlier versions are kept as files: what was written is not described anew.
    """
    return {each.name: {each.schema: body_schema(each.name, each.schema)} for each in REGISTRY}


def body_schema(event: str, version: int) -> Schema:
    """The schema of one event's body in the version written today."""
    fields = event_fields(event)
    return {
        "$schema": DIALECT,
        "$id": schema_id(event, version),
        "title": event,
        "type": "object",
        "properties": {
            "order": _ORDER,
            "to": {"type": "array", "items": _UNIT},
            "to_kinds": {"type": "array", "items": {"type": "string"}},
            "unit_kind": {"type": "string"},
            "data": {
                "type": "object",
                "properties": {name: _field(kind) for name, kind in sorted(fields.items())},
                "additionalProperties": _DECLARED,
            },
            "sealed": {"type": "object", "additionalProperties": _SEALED},
            "salt": {"type": "string", "pattern": _HEX},
            "imported": _IMPORTED,
        },
        "required": ["salt"],
        "additionalProperties": False,
    }


def schema_id(event: str, version: int) -> str:
    """What a record's `dataschema` says."""
    return f"urn:redress:{event}:{version}"


def _field(field: FieldType) -> Schema:
    if field.kind in _WORDED:
        return _WORDS
    schema = _KINDS[field.kind]
    return {"type": "array", "items": schema} if field.many else schema
