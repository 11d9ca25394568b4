"""How a figure is counted, in words a machine can follow: the `counted` key of an indicator."""

from __future__ import annotations

from typing import Literal

import msgspec

from libs.procedures.document import Node
from libs.procedures.language import Words, compile_condition
from libs.procedures.language.language import Condition
from libs.procedures.language.references import Reference, compile_reference

Kind = Literal["share", "rate", "number", "mean"]
_KINDS: tuple[Kind, ...] = ("share", "rate", "number", "mean")
_KEYS = ("as", "of", "good", "minutes", "links", "good_in", "records", "goal")
_BOUNDS = ("at_least", "at_most", "less_than")
_PERIODS = ("hour", "day", "week", "month", "quarter", "half-year", "year")


class Minutes(msgspec.Struct, frozen=True, kw_only=True):
    """What a mean is taken of: the time between two references, or the delay after the limit laid
    down of these clocks, `by` an event or, unnamed, by their own stops.
    """

    from_: Reference | None = None
    to: Reference | None = None
    clocks: tuple[str, ...] = ()
    by: str | None = None


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure should come to: per cent for a share, minutes for a mean, else a count."""

    at_least: int | None = None
    at_most: int | None = None
    less_than: int | None = None


class Counting(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted. `of`: which complaints of the period; `good`: which of these.

    A `share` is good ones among them, a `rate` good ones per customer, a `number` the good ones
    alone, a `mean` the minutes of those that have any. `links`: parts of the flow and their
    clocks; a complaint is good as far as none of them was late by the limit laid down, and for one
    link it is in the denominator where that link was due. `good_in`: what a link asks besides.
    `records`: counted not from complaints but from records of another system, of which
    `good_fields` and `of_fields` name the numbers or flags. `goals`: by kind of period, or under ""
    for every period.
    """

    kind: Kind
    of: Condition | None = None
    good: Condition | None = None
    minutes: Minutes | None = None
    links: dict[str, tuple[str, ...]] = {}
    good_in: dict[str, Condition] = {}
    records: str | None = None
    good_fields: tuple[str, ...] = ()
    of_fields: tuple[str, ...] = ()
    goals: dict[str, Goal] = {}


def read_counting(node: Node, words: Words) -> Counting:
    """The `counted` key."""
    entries = node.mapping(_KEYS)
    if "as" not in entries:
        node.fail("has no as")
    kind = _kind(entries["as"])
    if "records" in entries:
        return _of_records(node, entries, kind)
    links = entries["links"].mapping() if "links" in entries else {}
    good_in = entries["good_in"].mapping(tuple(links)) if "good_in" in entries else {}
    if (kind == "mean") is not ("minutes" in entries):
        node.fail("a mean, and nothing else, says its minutes")
    return Counting(
        kind=kind,
        of=compile_condition(entries["of"], words) if "of" in entries else None,
        good=compile_condition(entries["good"], words) if "good" in entries else None,
        minutes=_minutes(entries["minutes"], words) if "minutes" in entries else None,
        links={name: child.words(words.clocks) for name, child in links.items()},
        good_in={name: compile_condition(child, words) for name, child in good_in.items()},
        goals=_goals(entries["goal"]) if "goal" in entries else {},
    )


def _kind(node: Node) -> Kind:
    word = node.word(_KINDS)
    return next(kind for kind in _KINDS if kind == word)


def _of_records(node: Node, entries: dict[str, Node], kind: Kind) -> Counting:
    if "good" not in entries or (kind == "share") is not ("of" in entries):
        node.fail("records have good, and of where the figure is a share: names of their numbers")
    return Counting(
        kind=kind,
        records=entries["records"].text(),
        good_fields=entries["good"].texts(),
        of_fields=entries["of"].texts() if "of" in entries else (),
        goals=_goals(entries["goal"]) if "goal" in entries else {},
    )


def _goals(node: Node) -> dict[str, Goal]:
    """Bounds for every period, or by kind of period."""
    entries = node.mapping((*_BOUNDS, *_PERIODS))
    if not entries:
        node.fail("says no bound")
    if not set(entries) & set(_PERIODS):
        return {"": _goal(node)}
    return {period: _goal(child) for period, child in node.mapping(_PERIODS).items()}


def _goal(node: Node) -> Goal:
    return Goal(**{bound: child.whole() for bound, child in node.mapping(_BOUNDS).items()})


def _minutes(node: Node, words: Words) -> Minutes:
    entries = node.mapping(("from", "to", "after", "by"))
    if "after" in entries:
        by = entries["by"].word(tuple(words.events)) if "by" in entries else None
        return Minutes(clocks=entries["after"].words(words.clocks), by=by)
    for key in ("from", "to"):
        if key not in entries:
            node.fail("says from and to (references to times), or after (clocks)")
    return Minutes(
        from_=compile_reference(entries["from"], words, ()),
        to=compile_reference(entries["to"], words, ()),
    )
