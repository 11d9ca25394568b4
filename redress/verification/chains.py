"""Streams are whole: versions without gaps, exact bytes, each header bound to the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

from redress.verification import Finding

PROMISE = "streams"
NO_PREDECESSOR = "0" * 64

Row = tuple[str, int, str, bytes, bytes, bytes]


def check_chain(rows: Iterable[Row], heads: dict[str, tuple[int, bytes]]) -> Iterator[Finding]:
    """Findings in events (stream, version, type, header, body, hash) ordered by stream, version.

    `heads` holds what events.streams says of each stream; a stream missing on either side is found.
    """
    stream, version, hash_ = "", 0, b""
    seen: set[str] = set()
    for row in rows:
        if row[0] != stream:
            if stream:
                yield from _check_head(stream, version, hash_, heads)
            stream, version, hash_ = row[0], 0, b""
            seen.add(stream)
        for reason in _faults(row, version, hash_):
            yield Finding(promise=PROMISE, stream=row[0], version=row[1], reason=reason)
        version, hash_ = row[1], bytes(row[5])
    if stream:
        yield from _check_head(stream, version, hash_, heads)
    for lost in sorted(heads.keys() - seen):
        yield Finding(promise=PROMISE, stream=lost, version=0, reason="the stream has no events")


def _faults(row: Row, version: int, hash_: bytes) -> Iterator[str]:
    stream, own_version, type_, header_bytes, body, own_hash = row
    if own_version != version + 1:
        yield f"follows version {version}"
    if hashlib.sha256(b"\x00" + bytes(header_bytes)).digest() != bytes(own_hash):
        yield "the header is not the one that was hashed"
        return
    header = json.loads(bytes(header_bytes))
    if header["body"] != hashlib.sha256(bytes(body)).hexdigest():
        yield "the body is not the one that the header names"
    if header["prev"] != (hash_.hex() or NO_PREDECESSOR):
        yield "the header does not name its predecessor"
    if (header["stream"], header["version"], header["type"]) != (stream, own_version, type_):
        yield "the header belongs to another place"


def _check_head(
    stream: str, version: int, hash_: bytes, heads: dict[str, tuple[int, bytes]]
) -> Iterator[Finding]:
    if heads.get(stream) != (version, hash_):
        yield Finding(
            promise=PROMISE, stream=stream, version=version, reason="is not the stream's head"
        )
