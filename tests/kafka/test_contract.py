"""What is published is described, the description holds, and no reader is left behind."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from libs.casework.bodyschemas import body_schema
from libs.casework.compatibility import narrowed
from libs.casework.registry import REGISTRY
from libs.procedures.catalogue import event_fields
from libs.procedures.schema import load_procedure
from redress import contract

# The specification's own schema (asyncapi/spec-json-schemas, Apache-2.0), without its prose.
ASYNCAPI = json.loads((Path(__file__).parent / "asyncapi-3.0.0.json").read_text(encoding="utf-8"))
GOLDEN = Path(__file__).parents[1] / "golden"
OBJECT = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


def test_the_kept_contract_is_as_the_code_has_it() -> None:
    assert list(contract.differences()) == []


def test_the_document_is_asyncapi_3() -> None:
    kept = json.loads((contract.KEPT / "asyncapi.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(ASYNCAPI).validate(kept)
    broken = {**kept, "channels": {"c": {"messages": "none"}}}
    assert list(jsonschema.Draft7Validator(ASYNCAPI).iter_errors(broken))


def test_every_reference_of_the_document_leads_somewhere() -> None:
    text = (contract.KEPT / "asyncapi.json").read_text(encoding="utf-8")
    document = json.loads(text)
    references = {line.split('"')[3] for line in text.splitlines() if '"$ref"' in line}
    for reference in references:
        path, _, pointer = reference.partition("#")
        if path:
            assert (contract.KEPT / path).exists()
        else:
            place = document
            for step in pointer.strip("/").split("/"):
                place = place[step]
    assert {each.name for each in REGISTRY} == set(document["components"]["messages"])


@pytest.mark.parametrize("event", [each.name for each in REGISTRY])
def test_every_stored_body_fits_its_schema(event: str) -> None:
    for golden in sorted((GOLDEN / event).glob("v?.json")):
        schema = contract.KEPT / "schemas" / event / golden.name
        validator = jsonschema.Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
        validator.validate(json.loads(golden.read_text(encoding="utf-8")))


def test_what_procedures_declare_anew_is_of_the_same_kind() -> None:
    words = ("file", "slug", "term", "text")
    for path in Path("procedures").glob("*.yaml"):
        procedure = load_procedure(path)
        for event in REGISTRY:
            declared = procedure.event_fields(event.name)
            for name, field in event_fields(event.name).items():
                now = declared.get(name, field)
                assert now.kind in (words if field.kind in words else (field.kind,)), (path, name)


def test_a_body_that_says_something_else_does_not_fit() -> None:
    validator = jsonschema.Draft202012Validator(body_schema("OrderIssued", 1))
    good = {"salt": "00", "data": {"kind": "main"}, "order": "A", "to": ["henan/network"]}
    assert validator.is_valid(good)
    for wrong in ({"data": {"kind": 1}}, {"order": "a"}, {"salt": None}, {"text": "clear"}):
        assert not validator.is_valid({**good, **wrong})


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ({"required": ["a", "b"]}, "$.b: is required now"),
        ({"additionalProperties": False}, "$: other members are refused now"),
        ({"properties": {"a": {"type": "string"}}}, "$.a: type integer becomes string"),
        ({"properties": {"a": {"type": "integer", "enum": [1]}}}, "$.a: values are closed"),
        ({"properties": {"a": {"type": "integer", "pattern": "1"}}}, "$.a: pattern 1"),
        ({"type": "array"}, "$: type object becomes array"),
    ],
)
def test_a_narrowed_schema_is_told(new: dict[str, object], told: str) -> None:
    assert any(line.startswith(told) for line in narrowed(OBJECT, {**OBJECT, **new}))


@pytest.mark.parametrize(
    "new",
    [
        {"required": []},
        {"properties": {**OBJECT["properties"], "b": {"type": "string"}}},
        {"properties": {"a": {"type": ["integer", "null"]}}},
    ],
)
def test_a_wider_schema_is_not(new: dict[str, object]) -> None:
    assert list(narrowed(OBJECT, {**OBJECT, **new})) == []


def test_a_schema_that_was_kept_is_held_against_every_later_one(tmp_path: Path) -> None:
    contract.write(tmp_path)
    earlier = tmp_path / "schemas" / "OrderIssued" / "v1.json"
    schema = json.loads(earlier.read_text(encoding="utf-8"))
    schema["properties"]["order"]["pattern"] = "^[A-Za-z]+$"
    earlier.write_text(json.dumps(schema), encoding="utf-8")
    assert list(contract.narrowings(tmp_path)) == [
        "OrderIssued, against v1.json: $.order: pattern ^[A-Z]{1,3}$"
    ]
