"""The wizard: what a ledger's columns say is proposed, and what is not clear is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from libs.procedures.fieldtypes import FieldType, read_value
from libs.procedures.schema import Procedure
from services.intake.imports.ledger import Format, open_ledger
from services.intake.imports.proposing import (
    MOST_WORDS,
    Words,
    closed_field,
    propose_targets,
    propose_word,
    targets_of,
    words_of,
)
from services.intake.imports.writing import map_text

Ask = Callable[..., str]
"""Puts a question and returns the answer: `typer.prompt`."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A proposed map: what each column says, and how many words still need one of ours."""

    map: str
    columns: dict[str, str | None]
    open_words: int


class Wizard:
    """One ledger's map in the making. `ask`: None asks nothing. Raises LedgerRefused."""

    def __init__(
        self,
        path: Path,
        form: Format,
        procedure: Procedure,
        units: Mapping[str, str],
        *,
        ask: Ask | None,
    ) -> None:
        self._path, self._form, self._procedure, self._units = path, form, procedure, units
        titles = [title for title in open_ledger(path, form).titles if title]
        self._targets = propose_targets(titles, procedure)
        if ask is not None:
            self._ask_targets(ask)
        self._words = self._proposed_words()
        if ask is not None:
            self._ask_words(ask)

    def map_text(self, source: str) -> str:
        """The map as YAML."""
        return map_text(source, self._procedure, self._form, self._targets, self._words)

    def proposal(self, text: str) -> Proposal:
        """The map with what was found, for programs."""
        missing = sum(ours is None for words in self._words.values() for ours in words.values())
        return Proposal(map=text, columns=dict(self._targets), open_words=missing)

    def show(self, console: Console) -> None:
        """Print what each column was taken for."""
        table = Table("column", "says", "words without one of ours")
        for title, target in self._targets.items():
            words = self._words.get(title, {})
            missing = sum(ours is None for ours in words.values())
            table.add_row(title, target or "- (ignored)", str(missing) if missing else "")
        console.print(table)

    def _ask_targets(self, ask: Ask) -> None:
        known = targets_of(self._procedure)
        for title, target in self._targets.items():
            if target is None:
                free = set(known) - {other for other in self._targets.values() if other}
                self._targets[title] = _answer(ask, f"{title}: which field", free)

    def _proposed_words(self) -> dict[str, Words]:
        fields = {
            title: field
            for title, target in self._targets.items()
            if target and (field := closed_field(target, self._procedure)) is not None
        }
        found = words_of(self._path, self._form, fields)
        return {
            title: {word: self._ours(title, word, fields[title]) for word in words}
            for title, words in found.items()
            if len(words) <= MOST_WORDS
        }

    def _ours(self, title: str, word: str, field: FieldType) -> str | int | bool | None:
        target = self._targets[title]
        assert target is not None
        return propose_word(word, target, field, self._procedure, self._units)

    def _ask_words(self, ask: Ask) -> None:
        for title, words in self._words.items():
            field = closed_field(str(self._targets[title]), self._procedure)
            assert field is not None
            for word, ours in words.items():
                if ours is None:
                    words[word] = _word(ask, f"{title} = {word}: our word", field)


def _answer(ask: Ask, question: str, free: set[str]) -> str | None:
    while answer := ask(f"{question} (Enter: ignore it)", default="", show_default=False).strip():
        if answer in free:
            return answer
        question = f"no such field, one of {', '.join(sorted(free))}"
    return None


def _word(ask: Ask, question: str, field: FieldType) -> str | bool | None:
    while answer := ask(f"{question} (Enter: later)", default="", show_default=False).strip():
        value, reason = read_value(field, {"yes": True, "no": False}.get(answer, answer))
        if reason is None:
            return value if isinstance(value, bool) else str(value)
        question = f"it {reason}"
    return None
