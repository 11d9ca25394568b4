"""A column map written down from what was proposed and answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from libs.complaints.actions import ACTIONS
from libs.procedures.schema import Procedure
from services.intake.imports.ledger import Format
from services.intake.imports.proposing import Words, vocabulary

_CENTRE = "centre"
_HEAD = """\
# Column map: which column of the ledger says what; see docs/import.md.
# Every `null` is a word of the ledger that still needs ours.
"""
_MOVES_TO_CLASSIFY = frozenset({"level", "category", "business", "customer_tier"})

Document = dict[str, Any]
Drawn = Document | str | None


def map_text(
    source: str,
    procedure: Procedure,
    form: Format,
    targets: Mapping[str, str | None],
    words: Mapping[str, Words],
) -> str:
    """The map as YAML. `targets`: what each title says; `words`: our words of closed columns."""
    writer = _Writer(procedure, {to: title for title, to in targets.items() if to}, words)
    steps = writer.steps()
    ignored = [title for title in targets if title not in writer.used]
    document: Document = {"procedure": procedure.id, "source": source, "number": writer.number}
    document |= {name: told for name, told in (
        ("encoding", form.encoding), ("sheet", form.sheet),
        ("delimiter", form.delimiter if form.delimiter != "," else None),
    ) if told is not None}  # fmt: skip
    document |= {"steps": steps, "ignore": ignored}
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)
    return _HEAD + str(text)


class _Writer:
    """Steps from targets; `used` gathers the columns that the map draws from."""

    def __init__(
        self, procedure: Procedure, columns: Mapping[str, str], words: Mapping[str, Words]
    ) -> None:
        self._procedure, self._columns, self._words = procedure, dict(columns), words
        self.used: set[str] = set()
        self.number = self._drawn("number")
        if "classify.at" in columns:
            self._move_to_classify()

    def steps(self) -> list[Document]:
        known = vocabulary().steps
        told = [action for action in known if f"{action}.at" in self._columns]
        return [self._step(action, known[action]) for action in dict.fromkeys(["register", *told])]

    def _step(self, action: str, usual: Mapping[str, Any]) -> Document:
        step: Document = {"do": action, "by": {"value": usual["by"]}}
        if "order" in usual:
            step["order"] = usual["order"]
        step["at"] = self._drawn(f"{action}.at")
        step["unit"] = self._unit(action, usual["by"])
        if ACTIONS[action].to:
            step["to"] = self._drawn(f"{action}.to")
        if f"{action}.staff" in self._columns:
            step["staff"] = self._drawn(f"{action}.staff")
        fields = {
            name: self._drawn(f"{action}.{name}")
            for name in self._procedure.fields[action]
            if f"{action}.{name}" in self._columns
        }
        for name, value in usual.get("with", {}).items():
            if name in self._procedure.fields[action]:
                fields.setdefault(name, {"value": value})
        return {**step, "with": fields} if fields else step

    def _unit(self, action: str, role: str) -> Drawn:
        """Its own column, else that of the order's holder, else the registering province's."""
        if f"{action}.unit" in self._columns:
            return self._drawn(f"{action}.unit")
        if role == "handler":
            return self._drawn("issue_order.to")
        source = self._drawn("register.unit")
        if role != _CENTRE or not isinstance(source, dict):
            return source
        return {**source, "values": {
            word: None if unit is None else f"{str(unit).split('/', 1)[0]}/{_CENTRE}"
            for word, unit in source["values"].items()
        }}  # fmt: skip

    def _drawn(self, target: str) -> Drawn:
        title = self._columns.get(target)
        if title is None:
            return None
        self.used.add(title)
        words = self._words.get(title)
        return title if not words else {"column": title, "values": dict(words)}

    def _move_to_classify(self) -> None:
        for name in _MOVES_TO_CLASSIFY & set(self._procedure.fields["classify"]):
            if (title := self._columns.pop(f"register.{name}", None)) is not None:
                self._columns.setdefault(f"classify.{name}", title)
