"""Checks a whole store the slow way."""

from __future__ import annotations

import json

from libs.events.canonical import body_hash, leaf_hash
from libs.events.postgres.database import Database


def assert_sound(database: Database) -> dict[str, list[str]]:
    """Every stream gapless and chained, heads, outbox and commands agreeing; commands by stream."""
    with database.transaction() as cursor:
        cursor.execute(
            "SELECT stream, version, header, body, hash FROM events.events ORDER BY 1, 2"
        )
        events = cursor.fetchall()
        cursor.execute("SELECT stream, version, head FROM events.streams")
        heads = {stream: (version, bytes(head)) for stream, version, head in cursor}
        cursor.execute("SELECT stream, version FROM events.outbox ORDER BY id")
        queued = cursor.fetchall()
        cursor.execute(
            "SELECT command_id, stream, first_version, last_version FROM events.commands"
        )
        commands = {command: span for command, *span in cursor}
    streams: dict[str, list[str]] = {}
    tips: dict[str, tuple[int, bytes]] = {}
    for stream, version, header_bytes, body, leaf in events:
        header = json.loads(bytes(header_bytes))
        last_version, last_hash = tips.get(stream, (0, bytes(32)))
        assert version == header["version"] == last_version + 1
        assert header["prev"] == last_hash.hex()
        assert header["body"] == body_hash(bytes(body))
        assert bytes(leaf) == leaf_hash(bytes(header_bytes))
        tips[stream] = (version, bytes(leaf))
        of_stream, first, last = commands[header["command"]]
        assert of_stream == stream
        assert first <= version <= last
        streams.setdefault(stream, []).append(header["command"])
    assert heads == tips
    assert sum(last - first + 1 for _, first, last in commands.values()) == len(events)
    assert sorted(queued) == sorted((stream, version) for stream, version, *_ in events)
    seen: dict[str, int] = {}
    for stream, version in queued:  # within a stream, the outbox rises with the version
        assert seen.get(stream, 0) < version
        seen[stream] = version
    return streams
