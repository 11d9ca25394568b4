"""What differs between two versions of a procedure, item by item, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from libs.complaints.wording import Language
from libs.procedures.document import Node, Plain
from redress.regulation.telling import shortened, told

HEAD = "head"
What = Literal["added", "removed", "changed"]
Items = dict[str, Mapping[str, Plain]]


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One key of an item: what it was and what it is; None where it was or is not there."""

    key: str
    old: Plain
    new: Plain


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a section: new, gone, or changed in some keys."""

    section: str
    item: str
    what: What
    turns: tuple[Turn, ...] = ()


def differences(old: Node, new: Node) -> list[Change]:
    """Every difference in the order of the new file; the order of items does not count."""
    before, after = _plain(old), _plain(new)
    found: list[Change] = []
    for section in dict.fromkeys((*after, *before)):
        found += _section(section, before.get(section, {}), after.get(section, {}))
    return sorted(found, key=lambda change: change.section != HEAD)


def _plain(root: Node) -> dict[str, Items]:
    """Sections with their items by id; what is no list of items stands in the head."""
    found: dict[str, Items] = {HEAD: {}}
    for section, node in root.mapping().items():
        value = node.plain()
        if isinstance(value, list) and all(isinstance(it, dict) and "id" in it for it in value):
            found[section] = {str(it["id"]): it for it in value if isinstance(it, dict)}
        elif isinstance(value, dict) and all(isinstance(it, dict) for it in value.values()):
            found[section] = {name: it for name, it in value.items() if isinstance(it, dict)}
        else:
            found[HEAD][section] = {section: value}
    return found


def _section(section: str, before: Items, after: Items) -> Iterator[Change]:
    for item in dict.fromkeys((*after, *before)):
        if item not in before:
            yield Change(
                section=section, item=item, what="added", turns=_all(after[item], new=True)
            )
        elif item not in after:
            gone = _all(before[item], new=False)
            yield Change(section=section, item=item, what="removed", turns=gone)
        elif turns := _turns(before[item], after[item]):
            yield Change(section=section, item=item, what="changed", turns=turns)


def _all(item: Mapping[str, Plain], *, new: bool) -> tuple[Turn, ...]:
    return tuple(
        Turn(key=key, old=None if new else value, new=value if new else None)
        for key, value in item.items()
        if key != "id"
    )


def _turns(before: Mapping[str, Plain], after: Mapping[str, Plain]) -> tuple[Turn, ...]:
    return tuple(
        Turn(key=key, old=before.get(key), new=after.get(key))
        for key in dict.fromkeys((*after, *before))
        if before.get(key) != after.get(key)
    )


def in_words(changes: list[Change], language: Language) -> Iterator[str]:
    """One line an item, one indented line a key."""
    if not changes:
        yield language.say("change.none")
    for change in changes:
        section = language.term("section", change.section)
        name = language.term("section", change.item) if change.section == HEAD else change.item
        yield f"{section} {name}: {language.say(f'change.{change.what}')}"
        for turn in change.turns:
            key = language.term("key", turn.key)
            sides = [shortened(told(turn.key, side, language)) for side in (turn.old, turn.new)]
            arrow = {"added": sides[1], "removed": sides[0]}.get(change.what, " -> ".join(sides))
            if change.what == "changed" or turn.key in {"title", "limit", "applies"}:
                yield f"    {key}: {arrow}"
