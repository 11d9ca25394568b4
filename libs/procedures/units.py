"""Units of an organisation as paths, and the kinds that a procedure gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

_WILD = re.compile(r"<[^<>/]+>")


class UnitEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a procedure's `units`: a path with `<x>` for one free part, and its kind."""

    id: str
    kind: str | None = None


class UnitDirectory:
    """Says which kind a unit has, and whether it fits a pattern.

    Literal parts go before `<x>`: `national/centre` is looked at before `national/<department>`. A
    `<x>` in the first place does not stand for a first part that another entry names literally, so
    `<province>/centre` is no pattern of `national/centre`.
    """

    def __init__(self, entries: Iterable[UnitEntry] = ()) -> None:
        ordered = sorted(entries, key=lambda entry: _rank(entry.id))
        firsts = {entry.id.split("/")[0] for entry in ordered}
        self._reserved = frozenset(first for first in firsts if not _WILD.search(first))
        self.ids = tuple(entry.id for entry in ordered)
        self._paths = tuple(path.split("/") for path in self.ids)
        self._kinds = [(self._compile(entry.id), entry.kind) for entry in ordered]
        self.kinds = frozenset(entry.kind for entry in ordered if entry.kind)
        # The same few thousand units and patterns come again in every decision.
        self.kind_of = lru_cache(maxsize=8192)(self._kind_of)
        self.pattern = lru_cache(maxsize=1024)(self._compile)

    def _kind_of(self, path: str) -> str | None:
        """The kind of the first entry that `path` fits; None when none has one."""
        return next((kind for pattern, kind in self._kinds if pattern.fullmatch(path)), None)

    def knows(self, path: str) -> bool:
        """Whether any entry fits `path`, with a kind or without; where none is declared, all do."""
        return not self._kinds or any(pattern.fullmatch(path) for pattern, _ in self._kinds)

    def fits(self, path: str, pattern: str) -> bool:
        """Whether `path` fits `pattern`; a closing `/...` stands for one or more further parts."""
        return self.pattern(pattern).fullmatch(path) is not None

    def may_fit(self, pattern: str) -> bool:
        """Whether some unit of these entries can fit the pattern; without entries anything may."""
        deeper = pattern.endswith("/...")
        wanted = pattern.removesuffix("/...").split("/")
        return not self._paths or any(
            (len(path) > len(wanted) if deeper else len(path) == len(wanted))
            and all(
                a == b or _WILD.search(a) or _WILD.search(b)
                for a, b in zip(path, wanted, strict=False)
            )
            for path in self._paths
        )

    def _compile(self, pattern: str) -> re.Pattern[str]:
        deeper = pattern.endswith("/...")
        parts = pattern.removesuffix("/...").split("/")
        regex = "/".join(_part(part) for part in parts)
        if _WILD.fullmatch(parts[0]) and self._reserved:
            names = "|".join(sorted(map(re.escape, self._reserved)))
            regex = f"(?!(?:{names})(?:/|$)){regex}"
        return re.compile(regex + ("(?:/[^/]+)+" if deeper else ""))


def _part(part: str) -> str:
    pieces = _WILD.split(part)
    return "[^/]+".join(map(re.escape, pieces))


def _rank(path: str) -> tuple[int, ...]:
    return tuple(1 if _WILD.search(part) else 0 for part in path.split("/"))
