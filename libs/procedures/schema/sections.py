"""The descriptive sections of a procedure: channels, levels, forms, figures, reports, sanctions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from libs.procedures.document import Node
from libs.procedures.language import Words
from libs.procedures.schema.counting import Counting, read_counting
from libs.procedures.schema.measures import Measure, read_measure
from libs.procedures.texts import Text, read_text


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """Something with an id, a title in both languages and a place in the regulation."""

    id: str
    title: Text
    source: str | None = None
    quote: str | None = None
    reading: str | None = None


class Unit(Item, frozen=True, kw_only=True):
    """A level or department: `id` is a path pattern; `duties` say what it answers for."""

    kind: str | None = None
    duties: tuple[Item, ...] = ()


class Channel(Item, frozen=True, kw_only=True):
    """Where complaints come in; `recording`: whether the talk is recorded there (None: no talk)."""

    group: str | None = None
    recording: bool | None = None


class Level(Item, frozen=True, kw_only=True):
    """How grave a complaint is, and who says so."""

    decided_by: str | None = None


class Form(Item, frozen=True, kw_only=True):
    """A form of the regulation: which fields, filled by whom, at which step."""

    fields: tuple[str, ...] = ()
    filled_by: str | None = None
    at: str | None = None


class Kpi(Item, frozen=True, kw_only=True):
    """A figure: what is counted over what, by which dimensions, for which periods; `counted` says
    it for machines, `measure` what the live rate of on-time closure is made of.
    """

    formula: str
    numerator: str
    denominator: str
    dimensions: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    target: str | None = None
    measure: Measure | None = None
    counted: Counting | None = None


class Report(Item, frozen=True, kw_only=True):
    """A report that is owed: what, how often, by when, to whom."""

    content: Text
    period: str
    due: str | None = None
    to: str


class Sanction(Item, frozen=True, kw_only=True):
    """A penalty or reward: for what, for whom, which measure; `scale` bounds its figures."""

    cause: Text
    who: str
    measure: Text
    scale: dict[str, tuple[float | None, float | None]] = {}


class Parameter(Item, frozen=True, kw_only=True):
    """What the regulation leaves to the operator. `default` stands until he sets it."""

    default: object = None


class Definition(Item, frozen=True, kw_only=True):
    """A word of the regulation and what it means."""


_ITEM = ("id", "title", "source", "quote", "reading")
_LIMITS = ("min", "max")
Made = TypeVar("Made", bound=Item)


def _item(entries: dict[str, Node], node: Node) -> dict[str, object]:
    for key in ("id", "title"):
        if key not in entries:
            node.fail(f"has no {key}")
    found: dict[str, object] = {"id": entries["id"].text(), "title": read_text(entries["title"])}
    for key in ("source", "quote", "reading"):
        if key in entries:
            found[key] = entries[key].text()
    return found


def _listed(
    node: Node | None, keys: Sequence[str], make: Callable[..., Made],
    read: Callable[[str, Node], object], required: Sequence[str] = (),
) -> tuple[Made, ...]:  # fmt: skip
    """The items of a section; ids may stand once only."""
    made: dict[str, Made] = {}
    for child in node.items() if node is not None and not node.empty else ():
        entries = child.mapping((*_ITEM, *keys))
        values = _item(entries, child)
        for key in required:
            if key not in entries:
                child.fail(f"has no {key}")
        for key in keys:
            if key in entries and not entries[key].empty:
                values[key] = read(key, entries[key])
        item = make(**values)
        if item.id in made:
            entries["id"].fail(f"'{item.id}' is there already")
        made[item.id] = item
    return tuple(made.values())


def _text(_key: str, node: Node) -> object:
    return node.text()


def read_units(node: Node | None) -> tuple[Unit, ...]:
    """The `units` section."""

    def read(key: str, child: Node) -> object:
        if key == "duties":
            return _listed(child, (), Item, _text)
        return child.text()

    return _listed(node, ("kind", "duties"), Unit, read)


def read_channels(node: Node | None) -> tuple[Channel, ...]:
    """The `channels` section."""

    def read(key: str, child: Node) -> object:
        return child.flag() if key == "recording" else child.text()

    return _listed(node, ("group", "recording"), Channel, read)


def read_levels(node: Node | None) -> tuple[Level, ...]:
    """The `levels` section."""
    return _listed(node, ("decided_by",), Level, _text)


def read_definitions(node: Node | None) -> tuple[Definition, ...]:
    """The `definitions` section."""
    return _listed(node, (), Definition, _text)


def read_forms(node: Node | None) -> tuple[Form, ...]:
    """The `forms` section."""

    def read(key: str, child: Node) -> object:
        return child.texts() if key == "fields" else child.text()

    keys = ("fields", "filled_by", "at")
    return _listed(node, keys, Form, read, keys)


def read_kpis(node: Node | None, words: Words) -> tuple[Kpi, ...]:
    """The `kpis` section."""

    def read(key: str, child: Node) -> object:
        if key == "measure":
            return read_measure(child)
        if key == "counted":
            return read_counting(child, words)
        return child.texts() if key in {"dimensions", "periods"} else child.text()

    keys = (
        "formula", "numerator", "denominator", "dimensions", "periods", "target", "measure",
        "counted",
    )  # fmt: skip
    required = ("formula", "numerator", "denominator", "periods")
    return _listed(node, keys, Kpi, read, required)


def read_reports(node: Node | None) -> tuple[Report, ...]:
    """The `reports` section."""

    def read(key: str, child: Node) -> object:
        return read_text(child) if key == "content" else child.text()

    keys = ("content", "period", "due", "to")
    required = ("content", "period", "to")
    return _listed(node, keys, Report, read, required)


def read_sanctions(node: Node | None) -> tuple[Sanction, ...]:
    """The `sanctions` and `commendations` sections."""

    def read(key: str, child: Node) -> object:
        if key == "scale":
            return {name: _range(bounds) for name, bounds in child.mapping().items()}
        return child.text() if key == "who" else read_text(child)

    keys = ("cause", "who", "measure", "scale")
    required = ("cause", "who", "measure")
    return _listed(node, keys, Sanction, read, required)


def _range(node: Node) -> tuple[float | None, float | None]:
    entries = node.mapping(_LIMITS)
    found = {key: child.number() for key, child in entries.items()}
    if not found or found.get("min", 0) > found.get("max", float("inf")):
        node.fail("is a range: min, max or both, min not above max")
    return found.get("min"), found.get("max")


def read_parameters(node: Node | None) -> tuple[Parameter, ...]:
    """The `open_parameters` section."""

    def read(_key: str, child: Node) -> object:
        return child.plain()

    return _listed(node, ("default",), Parameter, read)
