"""The contract of the topics: an AsyncAPI 3 document, and one JSON Schema per event and version.

Made from the registry, the catalogue and the declared topics; kept in `contracts`, so that others
can build on it and a change shows in review. A schema that was kept is never narrowed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from libs.casework.bodyschemas import body_schemas, schema_id
from libs.casework.compatibility import narrowed
from libs.events.kafka.topics import Topics, load_topics

KEPT = Path(__file__).parents[1] / "contracts"

_VERSION = "1.0.0"
_COMPLAINT = "complaint"


def schema_files() -> dict[str, Any]:
    """Each schema by its path in `contracts`."""
    return {
        f"schemas/{event}/v{version}.json": schema
        for event, versions in body_schemas().items()
        for version, schema in versions.items()
    }


def document(topics: Topics | None = None) -> dict[str, Any]:
    """The AsyncAPI document."""
    topics = topics or load_topics()
    events = {event: max(versions) for event, versions in body_schemas().items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Redress events",
            "version": _VERSION,
            "license": {"name": "Apache-2.0"},
            "description": (
                "Every event of every stream, at least once, in order within a stream. Records are "
                "CloudEvents 1.0 in binary mode; the key is the stream. Free text is sealed. The "
                "record of all this is the store: topics keep events for "
                f"{topics.retention_days} days and may be filled again at any time, so ignore a "
                "`streamversion` seen before."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {
            name: _channel(name, topic.partitions, events if _COMPLAINT in topic.streams else {})
            for name, topic in topics.topics.items()
        },
        "operations": {
            f"receive.{name}": {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{_escaped(name)}"},
                "summary": "Follow the events of these streams",
            }
            for name in topics.topics
        },
        "components": {
            "messages": {event: _message(event, version) for event, version in events.items()},
            "messageTraits": {"cloudevent": {"headers": _headers()}},
        },
    }


def differences(folder: Path = KEPT) -> Iterator[str]:
    """What in `folder` is not as it would be made now, and every schema that would be narrowed."""
    made = schema_files()
    for path, content in {**made, "asyncapi.json": document()}.items():
        kept = folder / path
        if not kept.exists() or json.loads(kept.read_text(encoding="utf-8")) != content:
            yield f"{path} is not as the code has it: `redress contract write`"
    yield from narrowings(folder)


def narrowings(folder: Path = KEPT) -> Iterator[str]:
    """Where today's schema of an event refuses what any kept version of it accepts."""
    for event, versions in body_schemas().items():
        for kept in sorted((folder / "schemas" / event).glob("v*.json")):
            old = json.loads(kept.read_text(encoding="utf-8"))
            for line in narrowed(old, versions[max(versions)]):
                yield f"{event}, against {kept.name}: {line}"


def write(folder: Path = KEPT) -> list[str]:
    """Write what differs; returns the paths. The caller has looked at `narrowings`."""
    written = []
    for path, content in {**schema_files(), "asyncapi.json": document()}.items():
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        target = folder / path
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            written.append(path)
    return written


def _channel(name: str, partitions: int, events: dict[str, int]) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "address": name,
        "bindings": {"kafka": {"topic": name, "partitions": partitions, "bindingVersion": "0.5.0"}},
    }
    if events:
        channel["messages"] = {
            event: {"$ref": f"#/components/messages/{event}"} for event in events
        }
    return channel


def _message(event: str, version: int) -> dict[str, Any]:
    return {
        "name": f"redress.{event}",
        "title": event,
        "contentType": "application/json",
        "traits": [{"$ref": "#/components/messageTraits/cloudevent"}],
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-07",
            "schema": {"$ref": f"./schemas/{event}/v{version}.json"},
        },
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
        "x-dataschema": schema_id(event, version),
    }


def _headers() -> dict[str, Any]:
    told = {
        "ce_specversion": "1.0",
        "ce_id": "stream and version: unique within the source",
        "ce_source": "/redress/ and the id of the store",
        "ce_type": "redress. and the event type",
        "ce_subject": "the stream, <kind>/<id>",
        "ce_time": "when it was recorded, RFC 3339",
        "ce_dataschema": "urn:redress:<event type>:<schema version>",
        "ce_partitionkey": "the stream, which is the record's key too",
        "ce_streamversion": "place in the stream, from 1 without gaps",
        "ce_feedposition": "place among all events, from 0 without gaps",
        "ce_eventheader": "the stored header, byte for byte: what the hash is of",
        "content-type": "application/json",
    }
    return {
        "type": "object",
        "properties": {
            name: {"type": "string", "description": description}
            for name, description in told.items()
        },
        "required": list(told),
    }


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
