"""Ids of complaints and their streams."""

from __future__ import annotations

import os
import re
import time
from datetime import datetime

KIND = "complaint/"
RANDOM_TAIL = 2**62 - 1
COMPLAINT = re.compile(r"[a-z][a-z0-9]{0,15}-[0-9a-f]{32}", re.ASCII)


def new_complaint(store_id: str) -> str:
    """Return a fresh complaint id: the store's word and a UUID of version 7 (RFC 9562).

    Ids made later sort later (to the millisecond of real time), which keeps indexes compact.
    """
    stamp = time.time_ns() // 1_000_000
    drawn = int.from_bytes(os.urandom(10))
    return _complaint(store_id, stamp, drawn)


def derived_complaint(store_id: str, at: datetime, digest: bytes) -> str:
    """Return the id that a digest of at least 10 bytes makes, for a complaint registered at `at`.

    The same arguments give the same id; a time before 1970 sorts as 1970.
    """
    stamp = max(int(at.timestamp() * 1000), 0)
    return _complaint(store_id, stamp, int.from_bytes(digest[:10]))


def _complaint(store_id: str, stamp: int, drawn: int) -> str:
    number = stamp << 80 | 7 << 76 | (drawn >> 68) << 64 | 2 << 62 | drawn & RANDOM_TAIL
    return f"{store_id}-{number:032x}"


def stream_of(complaint: str) -> str:
    """Return the stream that a complaint's events are in."""
    return KIND + complaint


def complaint_of(stream: str) -> str:
    """Return the complaint that a stream is about."""
    return stream.removeprefix(KIND)


def is_complaint(text: str) -> bool:
    """Return whether the text has the form of a complaint's id."""
    return COMPLAINT.fullmatch(text) is not None
