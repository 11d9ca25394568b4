"""What a calendar file declares, and the calendar it makes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec

from libs.procedures.calendar.days import Calendar, days_from
from libs.procedures.errors import DeclarationError, Path

_DAYS = re.compile(r"(\d\d)-(\d\d)(?:\.\.(\d\d)-(\d\d))?")
_LEAP_YEAR = 2004
_PROVINCE = r"^[a-z0-9][a-z0-9-]{0,39}$"

Text = dict[str, str]


class Festival(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The days off of a festival in one year, and the weekend days worked instead."""

    rest: tuple[str, ...] = ()
    work: tuple[str, ...] = ()


Years = dict[int, dict[str, Festival]]


class CalendarFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole calendar."""

    calendar: str
    title: Text
    festivals: dict[str, Text]
    years: Years
    fixed: dict[str, tuple[str, ...]] = {}


class Overlay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What differs in one province, by which source."""

    overlay: str
    province: str
    title: Text
    source: str
    festivals: dict[str, Text]
    years: Years


def parse_file(node: object) -> CalendarFile | Overlay:
    """What a parsed file declares. Raises DeclarationError."""
    file: CalendarFile | Overlay
    try:
        if isinstance(node, Mapping) and "overlay" in node:
            file = msgspec.convert(node, Overlay)
        else:
            file = msgspec.convert(node, CalendarFile)
    except msgspec.ValidationError as error:
        raise DeclarationError((), str(error)) from error
    if isinstance(file, Overlay) and not re.fullmatch(_PROVINCE, file.province):
        raise DeclarationError(("province",), "is the first part of a unit's path")
    return file


def parse_calendar(node: object) -> Calendar:
    """A calendar from its parsed file. Raises DeclarationError naming the node that is wrong."""
    file = parse_file(node)
    if isinstance(file, Overlay):
        raise DeclarationError(("overlay",), "an overlay is no calendar of its own")
    return base_calendar(file)


def base_calendar(file: CalendarFile) -> Calendar:
    """The calendar without provinces. Raises DeclarationError."""
    first, last = _announced(file.years)
    off, work = _festival_days(file)
    fixed = dict(_fixed(file))
    return Calendar(file.calendar, first=first, last=last, off=off, work=work, fixed=fixed)


def lay(file: Overlay, base: Calendar) -> Calendar:
    """The calendar of the overlay's province. Raises DeclarationError."""
    off, work = _festival_days(file)
    name = f"{file.overlay}/{file.province}"
    return base.overlaid(name, off=off, work=work, years=_announced(file.years))


def _festival_days(file: CalendarFile | Overlay) -> tuple[dict[date, str], dict[date, str]]:
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
    return off, work


def _announced(years: Years) -> tuple[int, int]:
    if not years:
        raise DeclarationError(("years",), "at least one year is needed")
    first, last = min(years), max(years)
    if missing := set(range(first, last)) - years.keys():
        raise DeclarationError(("years",), f"{min(missing)} is missing between known years")
    return first, last


def _fixed(file: CalendarFile) -> Iterator[tuple[tuple[int, int], str]]:
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


def _known_festival(festival: str, file: CalendarFile | Overlay, where: Path) -> None:
    if festival not in file.festivals:
        raise DeclarationError(where, f"{festival!r} is not among festivals")
