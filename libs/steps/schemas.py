"""The OpenAPI description of each action, made from the catalogue and the loaded procedures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from libs.procedures.catalogue import Action
from libs.procedures.fieldtypes import FieldType
from libs.procedures.schema import Procedure
from libs.serving.documentation import problem_answer
from libs.steps.wording import KINDS, TEXTS, TITLES

Schema = dict[str, Any]

UUID: Schema = {"type": "string", "format": "uuid"}
COMPLAINT: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9]{0,15}-[0-9a-f]{32}$"}
PARAMETERS: list[Schema] = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": UUID,
        "description": "命令编号：重复发送只生效一次 · the command's id; a repeat changes nothing",
    },
    {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "pattern": '^"?[1-9][0-9]{0,8}"?$', "examples": ['"3"']},
        "description": "所见版本 · the version seen",
    },
]
DONE: Schema = {
    "type": "object",
    "required": ["complaint", "number", "version", "recorded_at", "events"],
    "properties": {
        "complaint": COMPLAINT,
        "number": {"type": ["string", "null"], "examples": ["henan-2603000001"]},
        "order": KINDS["order"],
        "version": {"type": "integer", "minimum": 1},
        "recorded_at": {"type": "string", "format": "date-time"},
        "events": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "version"],
                "properties": {"type": {"type": "string"}, "version": {"type": "integer"}},
            },
        },
        "repeats": {"type": "array", "items": {"type": "object"}},
        "advice": {"type": "array", "items": {"$ref": "#/components/schemas/BrokenRule"}},
    },
}
COMPONENTS: Schema = {
    "schemas": {"Done": DONE},
}
# Besides those of every operation with a body.
ENDS = {
    403: "无权操作 · not permitted",
    429: "请求过于频繁 · too many steps in a short time",
    409: "规程不允许 · refused, with every broken rule",
    410: "内容已销毁 · the content has been destroyed",
    412: "版本已更新 · the version moved on",
}


def documentation(action: Action, procedures: Sequence[Procedure]) -> Schema:
    """Return what `add_api_route` needs to describe the action."""
    zh, en = TITLES[action.name]
    registers = action.name == "register"
    parameters = list(PARAMETERS)
    if not registers:
        path = {"name": "complaint", "in": "path", "required": True, "schema": COMPLAINT}
        parameters.insert(0, path)
    return {
        "summary": f"{zh} · {en}",
        "description": f"{action.event}",
        "operation_id": action.name,
        "tags": [action.service],
        "status_code": 201 if registers else 200,
        "responses": _responses(201 if registers else 200),
        "openapi_extra": {
            "parameters": parameters,
            "security": [{"bearer": []}],
            "requestBody": {
                "required": True,
                "content": {"application/json": _body(action, procedures)},
            },
        },
    }


def _responses(success: int) -> dict[int | str, Schema]:
    done = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Done"}}}}
    return {
        success: {"description": "已记录 · recorded", **done},
        200: {
            "description": "重复请求，返回首次结果 · recorded, or a repeat's first result",
            **done,
        },
        **{status: problem_answer(text) for status, text in ENDS.items()},
    }


def _body(action: Action, procedures: Sequence[Procedure]) -> Schema:
    fields = _fields(action, (each.fields[action.name] for each in procedures))
    members: Schema = {
        "order": KINDS["order"],
        "to": {"oneOf": [KINDS["unit"], {"type": "array", "items": KINDS["unit"]}]},
        "with": {"type": "object", "additionalProperties": False, "properties": fields},
    }
    if action.claims:
        members["happened_at"] = KINDS["time"]
    if action.name == "register":
        members["procedure"] = {"type": "string", "enum": [each.id for each in procedures]}
    required = [name for name in ("order",) if action.order == "required"]
    schema = {
        "title": action.name,
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": members,
    }
    return {"schema": schema, "example": _example(action, fields)}


def _fields(action: Action, declared: Iterable[dict[str, FieldType]]) -> Schema:
    found = dict(action.fields)
    for fields in declared:
        for name, field in fields.items():
            found[name] = _either(found.get(name, field), field)
    return {name: _field(name, field) for name, field in sorted(found.items())}


def _either(one: FieldType, other: FieldType) -> FieldType:
    """A term of two procedures has the words of both here; the one pinned says which apply. What is
    of one kind in one procedure and of another in the next is shown as text.
    """
    if one.kind != other.kind:
        return FieldType(kind="text", many=other.many)
    values = tuple(dict.fromkeys((*one.values, *other.values)))
    return FieldType(kind=other.kind, many=other.many, values=values)


def _field(name: str, field: FieldType) -> Schema:
    schema = dict(KINDS[field.kind])
    if field.kind == "term" and field.values:
        schema["enum"] = list(field.values)
    if field.kind == "text":
        schema["examples"] = [TEXTS.get(name, TEXTS["text"])]
    return {"type": "array", "items": schema} if field.many else schema


def _example(action: Action, fields: Schema) -> Schema:
    # A file has a name only once it is uploaded.
    named = [name for name, field in action.fields.items() if field.kind != "file"]
    example: Schema = {"with": {name: _value(fields[name]) for name in named if name in fields}}
    if action.order == "required":
        example["order"] = "A"
    if action.to:
        example["to"] = "henan/network"
    return example


def _value(schema: Schema) -> object:
    if schema["type"] == "array":
        return [_value(schema["items"])]
    return (schema.get("enum") or schema.get("examples") or ["other"])[0]
