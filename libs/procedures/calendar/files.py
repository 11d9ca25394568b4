"""Reads calendar files (procedures/calendars/*.yaml, with overlays of provinces beside them).

`mainland.yaml` is a calendar; `mainland/guangxi.yaml` says which days differ in one province. All
of them together, one after the other, are one document and one version.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path as FilePath
from typing import TypeVar

from libs.procedures.calendar.days import Calendar
from libs.procedures.calendar.declaring import (
    CalendarFile,
    Overlay,
    base_calendar,
    lay,
    parse_file,
)
from libs.procedures.document import Node
from libs.procedures.errors import DeclarationError, Path
from libs.procedures.yaml_reading import parse_document

SEPARATOR = b"\n---\n"
Made = TypeVar("Made")


def load_calendar(path: FilePath) -> Calendar:
    """The calendar in this file, with the overlays of provinces beside it.

    Raises ProcedureError naming file, line and field.
    """
    return _calendar([(each.name, each.read_bytes()) for each in _files(path)])


def load_calendars(directory: FilePath) -> dict[str, Calendar]:
    """All calendars of a directory by version: running cases keep the version they began with."""
    calendars = (load_calendar(path) for path in sorted(directory.glob("*.yaml")))
    return {calendar.version: calendar for calendar in calendars}


def calendar_document(path: FilePath) -> bytes:
    """The file and its overlays as one document, which `read_calendar` reads."""
    return SEPARATOR.join(each.read_bytes().strip(b"\n") for each in _files(path)) + b"\n"


def read_calendar(document: bytes, name: str) -> Calendar:
    """The calendar of a document; `name` is used in errors. Raises ProcedureError."""
    return _calendar([(name, part) for part in document.split(SEPARATOR)])


def with_part(document: bytes, part: bytes, name: str) -> bytes:
    """The document with one file replaced or added: the calendar itself, or a province's overlay.

    Raises ProcedureError for a part that is faulty, or made for another calendar.
    """
    new, root = _read(name, part)
    parts = [(each.strip(b"\n"), _read(name, each)[0]) for each in document.split(SEPARATOR)]
    if _name(new) != (there := _name(parts[0][1])):
        root.fail(f"is not about '{there}', the calendar in force")
    held = {_place(file): each for each, file in parts}
    held[_place(new)] = part.strip(b"\n")
    ordered = [held[place] for place in sorted(held)]
    return SEPARATOR.join(ordered) + b"\n"


def _files(path: FilePath) -> list[FilePath]:
    return [path, *sorted(path.with_suffix("").glob("*.yaml"))]


def _name(file: CalendarFile | Overlay) -> str:
    return file.calendar if isinstance(file, CalendarFile) else file.overlay


def _place(file: CalendarFile | Overlay) -> str:
    """Where a part stands in its document: the calendar first, then provinces by name."""
    return "" if isinstance(file, CalendarFile) else file.province


def _calendar(parts: Sequence[tuple[str, bytes]]) -> Calendar:
    (name, first), *others = parts
    file, root = _read(name, first)
    base = _told(root, lambda: _base(file))
    provinces: dict[str, Calendar] = {}
    for name, part in others:
        file, root = _read(name, part)
        province, own = _told(root, partial(_laid, file, base))
        if province in provinces:
            root.fail(f"the province '{province}' is there already")
        provinces[province] = own
    return base.with_provinces(provinces) if provinces else base


def _base(file: CalendarFile | Overlay) -> Calendar:
    if isinstance(file, Overlay):
        raise DeclarationError(("overlay",), f"there is no calendar '{file.overlay}' below it")
    return base_calendar(file)


def _laid(file: CalendarFile | Overlay, base: Calendar) -> tuple[str, Calendar]:
    if isinstance(file, CalendarFile):
        raise DeclarationError(("calendar",), "a document holds one calendar")
    if file.overlay != base.name:
        raise DeclarationError(("overlay",), f"this is the calendar '{base.name}'")
    return file.province, lay(file, base)


def _read(name: str, part: bytes) -> tuple[CalendarFile | Overlay, Node]:
    root = parse_document(part, name)
    return _told(root, lambda: parse_file(_with_years(root))), root


def _told(root: Node, make: Callable[[], Made]) -> Made:
    """What `make` makes; what it finds wrong is told with its place in the file."""
    try:
        return make()
    except DeclarationError as error:
        _at(root, error.path).fail(error.reason)


def _with_years(root: Node) -> object:
    """The plain content, with the years as numbers."""
    plain = root.plain()
    if not isinstance(plain, dict) or not isinstance(plain.get("years"), dict):
        return plain
    years = plain["years"]
    assert isinstance(years, dict)
    return {**plain, "years": {int(y) if y.isdigit() else y: days for y, days in years.items()}}


def _at(root: Node, path: Path) -> Node:
    """The node at a path, or the nearest one above it."""
    for key in path:
        entries = root.value if isinstance(root.value, dict) else {}
        if str(key) not in entries:
            break
        root = entries[str(key)]
    return root
