"""Ids of complaints and their streams."""

from __future__ import annotations

import os
import re
import time

KIND = "complaint/"
RANDOM_TAIL = 2**62 - 1
COMPLAINT = re.compile(r"[a-z][a-z0-9]{0,15}-[0-9a-f]{32}", re.ASCII)


def new_complaint(store_id: str) -> str:
    """Return a fresh complaint id: the store's word and a UUID of version 7 (RFC 9562).

    Ids made later sort later (to the millisecond of real time), which keeps indexes compact.
    """
    stamp = time.time_ns() // 1_000_000
    drawn = int.from_bytes(os.urandom(10))
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
