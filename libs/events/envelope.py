"""What goes into the stream and what comes out of it.

An event is two byte strings that are never rewritten: the header (public to auditors, no personal
data) and the body (business fields, sealed fields). Both are JSON in JCS order (RFC 8785 under the
profile: ASCII keys, no floats, integers below 2^53, NFC strings). The header carries SHA-256 of the
body and of the predecessor's header; the leaf hash is SHA-256(0x00 + header), as in RFC 6962.
"""

from __future__ import annotations

from datetime import datetime

import msgspec


class Actor(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who acts: a staff id (never a name), the role he acts in, his unit and post."""

    staff: str
    role: str
    unit: str
    post: str | None = None


class NewEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event before it is stored.

    `body` is canonical JSON. `happened_at` is set only where an earlier time is claimed; the append
    fills in `recorded_at` otherwise and cuts a claim up to 60 s ahead to `recorded_at`.
    """

    type: str
    schema: int
    body: bytes
    happened_at: datetime | None = None


class NumberSeries(msgspec.Struct, frozen=True, kw_only=True):
    """A counter to draw from, once, inside the append: without gaps, without doubles.

    `series` names procedure, centre and kind of period; `pattern` is the text with `YY`, `YYYY`,
    `MM`, `DD` and a run of `#` (the running number, widened when it overflows), read in `timezone`
    at `recorded_at`; `resets` is `monthly`, `yearly`, `daily` or `never`. `event_index` says which
    event of the append carries the number in its header.
    """

    series: str
    pattern: str
    resets: str
    timezone: str
    event_index: int = 0


class Append(msgspec.Struct, frozen=True, kw_only=True):
    """One command's events for one stream, all or nothing.

    `expected_version` is always given (0: the stream must not exist). A repeat of `command_id` with
    the same `command_hash` returns the first result. `not_after`: refused when `recorded_at` would
    be later. `after`: refused unless `recorded_at` is later (a deadline is missed only then).
    `wrapped_key` is the stream's sealing key, stored with the first event.
    """

    stream: str
    expected_version: int
    command_id: str
    command_hash: bytes
    service: str
    actor: Actor
    events: tuple[NewEvent, ...]
    correlation_id: str | None = None
    causation_id: str | None = None
    not_after: datetime | None = None
    after: datetime | None = None
    number: NumberSeries | None = None
    wrapped_key: bytes | None = None


class Appended(msgspec.Struct, frozen=True, kw_only=True):
    """The durable result of an append; `repeated` is true when it answers a repeat."""

    stream: str
    first_version: int
    last_version: int
    recorded_at: datetime
    number: str | None = None
    repeated: bool = False


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event as stored: exact bytes, and the header's fields read from them."""

    stream: str
    version: int
    type: str
    schema: int
    happened_at: datetime
    recorded_at: datetime
    actor: Actor
    service: str
    command_id: str
    number: str | None
    header: bytes
    body: bytes
    hash: bytes


class FeedEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A stored event at its dense position (0, 1, 2, ...) in the feed."""

    position: int
    event: StoredEvent
