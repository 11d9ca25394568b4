"""Reading a scenario file. Raises `ProcedureError` with file, line and field for what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from libs.procedures.catalogue import ACTIONS, EVENTS
from libs.procedures.document import Node
from libs.procedures.language.words import ROLES, STATUSES
from libs.procedures.yaml_reading import read_document

_KEYS = (
    "scenario", "procedure", "about", "times", "given", "calendar_facts", "steps", "check_at",
    "expect",
)  # fmt: skip
_STEP = (
    "at",
    "do",
    "by",
    "unit",
    "order",
    "to",
    "with",
    "refused",
    "because",
    "rule",
    "happened_at",
    "staff",
)
_CLOCK = ("clock", "order", "state", "due", "warn", "met_at", "warned", "missed")
_STATES = ("met", "missed", "open", "cancelled")


class ScenarioStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a told case; `rule` is the one that must refuse it."""

    at: datetime
    action: str
    role: str
    unit: str
    line: int
    staff: str | None = None
    order: str | None = None
    to: tuple[str, ...] = ()
    data: dict[str, object] = {}
    happened_at: datetime | None = None
    refused: bool = False
    rule: str | None = None


class ExpectedClock(msgspec.Struct, frozen=True, kw_only=True):
    """What is said about one run of a clock; unset members are not compared."""

    clock: str
    state: str
    line: int
    order: str | None = None
    due: datetime | None = None
    warn: datetime | None = None
    met_at: datetime | None = None
    warned: bool | None = None
    missed: bool | None = None


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A told case. Times are aware UTC."""

    name: str
    procedure: str
    about: str
    zone: str
    steps: tuple[ScenarioStep, ...]
    check_at: datetime
    status: str
    clocks: tuple[ExpectedClock, ...] = ()
    events_include: tuple[str, ...] = ()
    events_exclude: tuple[str, ...] = ()
    last_number: str | None = None
    compares_number: bool = False
    number: str | None = None


def read_scenario(path: Path) -> Scenario | None:
    """The scenario in this file; None for a file of another kind (one without `steps`)."""
    root = read_document(path)
    entries = root.mapping()
    if "steps" not in entries:
        return None
    root.mapping(_KEYS)
    for key in ("scenario", "procedure", "times", "check_at", "expect"):
        if key not in entries:
            root.fail(f"has no {key}")
    zone = _zone(entries["times"])
    expect = entries["expect"].mapping(
        ("status", "clocks", "events_include", "events_exclude", "number")
    )
    given = entries["given"].mapping(("last_number",)) if "given" in entries else {}
    return Scenario(
        name=entries["scenario"].text(),
        procedure=entries["procedure"].text(),
        about=entries["about"].text() if "about" in entries else "",
        zone=zone.key,
        steps=tuple(_step(node, zone) for node in entries["steps"].items()),
        check_at=_time(entries["check_at"], zone),
        status=expect["status"].word(STATUSES) if "status" in expect else "open",
        clocks=tuple(_clock(node, zone) for node in _list(expect.get("clocks"))),
        events_include=_events(expect.get("events_include")),
        events_exclude=_events(expect.get("events_exclude")),
        last_number=given["last_number"].text() if "last_number" in given else None,
        compares_number="number" in expect,
        number=expect["number"].text()
        if "number" in expect and not expect["number"].empty
        else None,
    )


def _zone(node: Node) -> ZoneInfo:
    try:
        return ZoneInfo(node.text())
    except (ZoneInfoNotFoundError, ValueError):
        node.fail("is no time zone of the IANA database")


def _time(node: Node, zone: ZoneInfo) -> datetime:
    try:
        return datetime.strptime(node.text(), "%Y-%m-%d %H:%M").replace(tzinfo=zone).astimezone(UTC)
    except ValueError:
        node.fail("must be a time as in '2026-03-02 09:00'")


def _list(node: Node | None) -> list[Node]:
    return [] if node is None or node.empty else node.items()


def _events(node: Node | None) -> tuple[str, ...]:
    return tuple(child.word(EVENTS) for child in _list(node))


def _step(node: Node, zone: ZoneInfo) -> ScenarioStep:
    entries = node.mapping(_STEP)
    for key in ("at", "do", "by", "unit"):
        if key not in entries:
            node.fail(f"has no {key}")
    because = entries["because"].text() if "because" in entries else None
    rule = because.split(" - ")[0].strip() if because else None
    return ScenarioStep(
        at=_time(entries["at"], zone),
        action=entries["do"].word(tuple(ACTIONS)),
        role=entries["by"].word(ROLES),
        unit=entries["unit"].text(),
        line=node.line,
        staff=_optional(entries.get("staff")),
        order=_optional(entries.get("order")),
        to=entries["to"].texts() if "to" in entries else (),
        data=_fields(entries["with"]) if "with" in entries else {},
        happened_at=_time(entries["happened_at"], zone) if "happened_at" in entries else None,
        refused=entries["refused"].flag() if "refused" in entries else False,
        rule=entries["rule"].text() if "rule" in entries else rule,
    )


def _optional(node: Node | None) -> str | None:
    return None if node is None or node.empty else node.text()


def _fields(node: Node) -> dict[str, object]:
    return {name: child.plain() for name, child in node.mapping().items()}


def _clock(node: Node, zone: ZoneInfo) -> ExpectedClock:
    entries = node.mapping(_CLOCK)

    def time(key: str) -> datetime | None:
        return _time(entries[key], zone) if key in entries and not entries[key].empty else None

    def flag(key: str) -> bool | None:
        return entries[key].flag() if key in entries else None

    return ExpectedClock(
        clock=entries["clock"].text(),
        state=entries["state"].word(_STATES),
        line=node.line,
        order=_optional(entries.get("order")),
        due=time("due"),
        warn=time("warn"),
        met_at=time("met_at"),
        warned=flag("warned"),
        missed=flag("missed"),
    )
