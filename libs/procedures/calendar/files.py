"""Reads calendar files (procedures/calendars/*.yaml)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path as FilePath

import msgspec
import yaml

from libs.procedures.calendar.days import Calendar, days_from
from libs.procedures.errors import DeclarationError, Path

_DAYS = re.compile(r"(\d\d)-(\d\d)(?:\.\.(\d\d)-(\d\d))?")
_LEAP_YEAR = 2004


class _Festival(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rest: tuple[str, ...] = ()
    work: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    calendar: str
    title: dict[str, str]
    festivals: dict[str, dict[str, str]]
    years: dict[int, dict[str, _Festival]]
    fixed: dict[str, tuple[str, ...]] = {}


def load_calendar(path: FilePath) -> Calendar:
    """The calendar in this file. Raises DeclarationError naming the node that does not fit."""
    return parse_calendar(yaml.safe_load(path.read_text(encoding="utf-8")))


def load_calendars(directory: FilePath) -> dict[str, Calendar]:
    """All calendars of a directory by version: running cases keep the version they began with."""
    calendars = (load_calendar(path) for path in sorted(directory.glob("*.yaml")))
    return {calendar.version: calendar for calendar in calendars}


def parse_calendar(node: object) -> Calendar:
    """A calendar from its parsed file. Raises DeclarationError naming the node that is wrong."""
    try:
        file = msgspec.convert(node, _File)
    except msgspec.ValidationError as error:
        raise DeclarationError((), str(error)) from error
    first, last = _announced(file)
    off: dict[date, str] = {}
    work: dict[date, str] = {}
    for year, entries in file.years.items():
        for festival, entry in entries.items():
            where: Path = ("years", year, festival)
            _known_festival(festival, file, where)
            _add(off, festival, _days(entry.rest, year, (*where, "rest")))
            _add(work, festival, _days(entry.work, year, (*where, "work")))
    if both := off.keys() & work.keys():
        raise DeclarationError(("years",), f"{min(both)} is a day off and a make-up day")
    fixed = dict(_fixed(file))
    return Calendar(file.calendar, first=first, last=last, off=off, work=work, fixed=fixed)


def _announced(file: _File) -> tuple[int, int]:
    if not file.years:
        raise DeclarationError(("years",), "at least one year is needed")
    first, last = min(file.years), max(file.years)
    if missing := set(range(first, last)) - file.years.keys():
        raise DeclarationError(("years",), f"{min(missing)} is missing between known years")
    return first, last


def _fixed(file: _File) -> Iterator[tuple[tuple[int, int], str]]:
    for festival, texts in file.fixed.items():
        _known_festival(festival, file, ("fixed", festival))
        for day in _days(texts, _LEAP_YEAR, ("fixed", festival)):
            yield (day.month, day.day), festival


def _add(target: dict[date, str], festival: str, days: Iterator[date]) -> None:
    for day in days:
        target.setdefault(day, festival)


def _days(texts: Sequence[str], year: int, where: Path) -> Iterator[date]:
    for text in texts:
        match = _DAYS.fullmatch(text)
        if match is None:
            raise DeclarationError(where, f"{text!r} is not MM-DD or MM-DD..MM-DD")
        month, day, last_month, last_day = match.groups()
        try:
            first = date(year, int(month), int(day))
            last = date(year, int(last_month), int(last_day)) if last_month else first
        except ValueError as error:
            raise DeclarationError(where, f"{text!r}: {error}") from error
        yield from days_from(first, last)


def _known_festival(festival: str, file: _File, where: Path) -> None:
    if festival not in file.festivals:
        raise DeclarationError(where, f"{festival!r} is not among festivals")
