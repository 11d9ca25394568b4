"""Whether whoever reads by a new schema can read everything written by an older one.

Checked against every older version, not the last one alone (BACKWARD_TRANSITIVE): events are read
for ever. For the words of JSON Schema that our bodies use; another one is an error, not a yes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_KNOWN = frozenset(
    ("type", "enum", "pattern", "properties", "required", "additionalProperties", "items", "anyOf")
)
_TOLD = frozenset(("$schema", "$id", "title", "description"))


def narrowed(old: Schema, new: Schema, path: str = "$") -> Iterator[str]:
    """Where `new` refuses what `old` accepts, one line each; nothing: it reads all of it."""
    strange = (old.keys() | new.keys()) - _KNOWN - _TOLD
    if strange:
        raise ValueError(f"{path}: {', '.join(sorted(strange))}: not known to this check")
    yield from _of_values(old, new, path)
    yield from _of_members(old, new, path)
    if "anyOf" in new and new["anyOf"] != old.get("anyOf"):
        yield f"{path}: alternatives have changed"
    if "items" in new:
        yield from narrowed(old.get("items", {}), new["items"], f"{path}[]")


def _of_values(old: Schema, new: Schema, path: str) -> Iterator[str]:
    types = _types(new)
    if types and not _types(old) <= types | ({"integer"} if "number" in types else set()):
        yield f"{path}: type {old.get('type', 'any')} becomes {new['type']}"
    elif types and not _types(old) and "anyOf" not in old:
        yield f"{path}: any type becomes {new['type']}"
    if "enum" in new and not ("enum" in old and set(old["enum"]) <= set(new["enum"])):
        yield f"{path}: values are closed or fewer"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{path}: pattern {new['pattern']}"


def _of_members(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{path}.{name}: is required now"
    closed = new.get("additionalProperties") is False
    if closed and old.get("additionalProperties", True) is not False:
        yield f"{path}: other members are refused now"
    known = new.get("properties", {})
    for name, member in old.get("properties", {}).items():
        if name in known:
            yield from narrowed(member, known[name], f"{path}.{name}")
        elif closed:
            yield f"{path}.{name}: is gone"
    others = old.get("additionalProperties"), new.get("additionalProperties")
    if isinstance(others[0], dict) and isinstance(others[1], dict):
        yield from narrowed(others[0], others[1], f"{path}.*")


def _types(schema: Schema) -> set[str]:
    named = schema.get("type", [])
    return {named} if isinstance(named, str) else set(named)
