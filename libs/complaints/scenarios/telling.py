"""What a step of a scenario file says, in the words of a command."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from libs.complaints.scenarios.reading import ScenarioStep
from libs.procedures.fieldtypes import FieldType

POST = "post"


def staff_of(step: ScenarioStep) -> str:
    """Who acts: the staff id told, else one person for each role of a unit."""
    return step.staff or f"{step.role}.{step.unit.replace('/', '.')}"


def post_of(step: ScenarioStep, known: Mapping[str, FieldType]) -> str | None:
    """`with: {post: x}` names the post of who acts, unless `post` is a field of the step."""
    post = None if POST in known else step.data.get(POST)
    return None if post is None else str(post)


def fields_of(
    step: ScenarioStep, known: Mapping[str, FieldType], zone: ZoneInfo
) -> dict[str, object]:
    """The step's fields as told; times, which are local and without offset, as instants."""
    told = {name: _timed(known.get(name), value, zone) for name, value in step.data.items()}
    if POST not in known:
        told.pop(POST, None)
    return told


def _timed(field: FieldType | None, value: object, zone: ZoneInfo) -> object:
    if field is None or field.kind != "time" or not isinstance(value, str):
        return value
    try:
        local = datetime.fromisoformat(value)
    except ValueError:
        return value
    return local.replace(tzinfo=local.tzinfo or zone).astimezone(UTC)
