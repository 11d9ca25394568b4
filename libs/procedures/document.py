"""A YAML file as a tree that remembers where everything stands.

How one is read from YAML is in `libs.procedures.yaml_reading`.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import NoReturn

Plain = bool | int | float | str | None | list["Plain"] | dict[str, "Plain"]

_LONGEST_SHOWN = 60


class ProcedureError(ValueError):
    """What is wrong in a file, and where: `field` is the path of keys, `line` counts from 1."""

    def __init__(self, file: str, line: int, field: str, reason: str) -> None:
        super().__init__(f"{file}:{line}: {field or '(file)'}: {reason}")
        self.file, self.line, self.field, self.reason = file, line, field, reason


def shown(word: str) -> str:
    """The word for a message; a very long one is cut."""
    return word if len(word) <= _LONGEST_SHOWN else f"{word[:_LONGEST_SHOWN]}..."


def suggestion(word: str, known: Collection[str]) -> str:
    """` (did you mean 'x'?)` for the known word nearest to `word`, or nothing."""
    near = difflib.get_close_matches(word[:_LONGEST_SHOWN], list(known), n=1)
    return f" (did you mean '{near[0]}'?)" if near else ""


class Node:
    """One value of a document, with its place; every reader raises `ProcedureError`."""

    __slots__ = ("file", "line", "path", "value")

    def __init__(self, value: object, file: str, line: int, path: str) -> None:
        self.value, self.file, self.line, self.path = value, file, line, path

    def fail(self, reason: str) -> NoReturn:
        """Refuse this value."""
        raise ProcedureError(self.file, self.line, self.path, reason)

    @property
    def empty(self) -> bool:
        """Whether the value is `null`."""
        return self.value is None

    def mapping(self, known: Collection[str] | None = None) -> dict[str, Node]:
        """The entries; with `known`, any other key is refused with a suggestion."""
        if not isinstance(self.value, dict):
            self.fail("must be a mapping of keys to values")
        entries: dict[str, Node] = self.value
        for key, node in entries.items() if known is not None else ():
            if key not in (known or ()):
                node.fail(f"unknown key '{shown(key)}'{suggestion(key, known or ())}")
        return entries

    def items(self) -> list[Node]:
        """The members of a list."""
        if not isinstance(self.value, list):
            self.fail("must be a list")
        return list(self.value)

    def one_or_more(self) -> list[Node]:
        """The members of a list, or the value itself as the only member."""
        return list(self.value) if isinstance(self.value, list) else [self]

    def text(self) -> str:
        """A text that is not empty; numbers are taken as they are written."""
        if isinstance(self.value, bool) or not isinstance(self.value, str | int | float):
            self.fail("must be a text")
        text = str(self.value).strip()
        if not text:
            self.fail("must not be empty")
        return text

    def texts(self) -> tuple[str, ...]:
        """One text or a list of texts."""
        return tuple(node.text() for node in self.one_or_more())

    def word(self, known: Collection[str]) -> str:
        """A text out of a closed set."""
        text = self.text()
        if text not in known:
            self.fail(f"'{shown(text)}' is not known here{suggestion(text, known)}")
        return text

    def words(self, known: Collection[str]) -> tuple[str, ...]:
        """One text or a list of texts out of a closed set; at least one."""
        found = tuple(node.word(known) for node in self.one_or_more())
        if not found:
            self.fail("must not be an empty list")
        return found

    def flag(self) -> bool:
        """`true` or `false`."""
        if not isinstance(self.value, bool):
            self.fail("must be true or false")
        return self.value

    def whole(self, lowest: int = 0, highest: int = 1_000_000) -> int:
        """A whole number within bounds."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.fail("must be a whole number")
        if not lowest <= self.value <= highest:
            self.fail(f"must lie between {lowest} and {highest}")
        return self.value

    def number(self) -> int | float:
        """A number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.fail("must be a number")
        return self.value

    def plain(self) -> Plain:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        assert self.value is None or isinstance(self.value, bool | int | float | str)
        return self.value
