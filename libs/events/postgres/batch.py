"""An append as a row, many rows as the columns `events.append` takes, its answers as results."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from libs.events.canonical import MAX_BYTES
from libs.events.envelope import Append, Appended, NewEvent, NumberSeries
from libs.events.errors import (
    CommandReused,
    HappenedAhead,
    NotCanonical,
    NotOwner,
    OutsideValidity,
    StreamBusy,
    StreamError,
    VersionConflict,
)
from libs.events.postgres.statements import statement

Answer: TypeAlias = tuple[str, str, int, int, datetime, str | None]
Result: TypeAlias = Appended | StreamError

APPEND = statement("append")
APPEND_ONE = statement("append_one")
APPEND_IN_LINE = statement("append_in_line")
STAND_IN_LINE = statement("stand_in_line")
_SEPARATOR = "\x1f"
_NO_NUMBER = ("", "", "", "", "")
_PICTURE = re.compile(r"'(?P<quoted>[^']*)'|(?P<field>YYYY|YY|MM|DD|#+)|(?P<plain>[^'#])")


class Prepared:
    """An append made ready to be sent, checked so that it cannot spoil a batch."""

    __slots__ = ("append", "command", "events")

    def __init__(self, append: Append) -> None:
        """Raises ValueError, or NotCanonical for a body, for what no store could take."""
        self.append = append
        self.events = tuple([_event_row(event) for event in append.events])
        self.command = _command_row(append, len(self.events))
        text = "".join([*self.command, *[field for row in self.events for field in row]])
        if _SEPARATOR in text or "\x00" in text:
            raise ValueError("a separator (U+001F) or NUL in an append")

    @property
    def is_plain(self) -> bool:
        """Whether the plain path takes it: one event."""
        return len(self.events) == 1

    def arguments(self) -> list[str | None]:
        """The arguments of `events.append_one`."""
        command = [field or None for field in self.command]
        event = [field or None for field in self.events[0]]
        return [self.append.service, *command[:4], *command[5:18], *event]

    def result(self, answer: Answer) -> Result:
        """What the database's answer means for this append."""
        outcome, stream, first, last, recorded_at, number = answer
        if outcome in {"stored", "repeated"}:
            return Appended(
                stream=stream,
                first_version=first,
                last_version=last,
                recorded_at=recorded_at,
                number=number,
                repeated=outcome == "repeated",
            )
        return _refusal(self.append, outcome, last, recorded_at)


def columns(batch: Sequence[Prepared]) -> list[str | None]:
    """The arguments of `events.append` for a batch of one service, one stream and command once."""
    commands = zip(*[prepared.command for prepared in batch], strict=True)
    events = zip(*[row for prepared in batch for row in prepared.events], strict=True)
    return [
        batch[0].append.service,
        *[_SEPARATOR.join(column) if any(column) else None for column in commands],
        *[_SEPARATOR.join(column) if any(column) else None for column in events],
    ]


def _command_row(append: Append, size: int) -> tuple[str, ...]:
    actor = append.actor
    required = (append.stream, append.command_id, actor.staff, actor.role, actor.unit)
    if not size or not all(required) or len(append.command_hash) == 0:
        raise ValueError("an append needs a stream, a command with its hash, an actor and an event")
    if append.expected_version < 0:
        raise ValueError("a version is never negative")
    if append.wrapped_key is not None and append.expected_version:
        raise ValueError("a key is stored with the first event of a stream only")
    return (
        append.stream,
        str(append.expected_version),
        append.command_id,
        append.command_hash.hex(),
        str(size),
        actor.staff,
        actor.role,
        actor.unit,
        actor.post or "",
        append.correlation_id or "",
        append.causation_id or "",
        _time(append.not_after),
        _time(append.after),
        "" if append.wrapped_key is None else append.wrapped_key.hex(),
        *(_NO_NUMBER if append.number is None else _number_row(append.number, size)),
    )


def _event_row(event: NewEvent) -> tuple[str, str, str, str]:
    if len(event.body) > MAX_BYTES:
        raise NotCanonical("$", f"{len(event.body)} bytes, more than {MAX_BYTES}")
    if not event.body or not event.type:
        raise ValueError("an event needs a type and a body")
    return (event.type, str(event.schema), _time(event.happened_at), event.body.decode())


def _number_row(number: NumberSeries, size: int) -> tuple[str, str, str, str, str]:
    if number.resets not in {"daily", "monthly", "yearly", "never"}:
        raise ValueError(f"numbers do not reset {number.resets!r}")
    if not 0 <= number.event_index < size or not number.series:
        raise ValueError("a number needs a series and an event that carries it")
    place = str(number.event_index + 1)
    return (number.series, picture(number.pattern), number.resets, number.timezone, place)


def picture(pattern: str) -> str:
    """A numbering pattern as a picture for PostgreSQL's to_char: literals quoted.

    `YYYY`, `YY`, `MM`, `DD` are the date's, one run of `#` the running number, all else stands for
    itself; text in single quotes always does. Raises ValueError for a pattern without exactly one
    run of `#`, or with a quotation mark or backslash in a literal.
    """
    parts: list[str] = []
    runs = 0
    at = 0
    while at < len(pattern):
        token = _PICTURE.match(pattern, at)
        if token is None:
            raise ValueError(f"numbering pattern {pattern!r}: a quote is not closed")
        at = token.end()
        literal = token["quoted"] if token["quoted"] is not None else token["plain"]
        if literal is None:
            runs += token["field"].startswith("#")
            parts.append(token["field"])
        elif '"' in literal or "\\" in literal or "#" in literal:
            raise ValueError(f"numbering pattern {pattern!r}: {literal!r} cannot be written")
        else:
            parts.append(f'"{literal}"' if literal else "")
    if runs != 1:
        raise ValueError(f"numbering pattern {pattern!r} needs exactly one run of #")
    return "".join(parts)


def _time(at: datetime | None) -> str:
    if at is None:
        return ""
    if at.tzinfo is None:
        raise ValueError("a time without time zone")
    return at.isoformat()


def _refusal(append: Append, outcome: str, actual: int, recorded_at: datetime) -> StreamError:
    if outcome == "conflict":
        return VersionConflict(append.stream, append.expected_version, actual)
    if outcome == "outside":
        return OutsideValidity(append.stream, recorded_at)
    if outcome == "foreign":
        return NotOwner(append.service, append.events[0].type)
    if outcome == "reused":
        return CommandReused(append.command_id)
    if outcome == "ahead":
        return HappenedAhead(append.stream)
    return StreamBusy(append.stream)
