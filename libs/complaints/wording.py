"""Words for people: one catalogue a language, the same keys in each.

Codes of the trade (levels, event types, units) are looked up as terms: a code that no catalogue
knows is shown as it is, never hidden and never an error, because enterprises add their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

DEFAULT = "zh-Hans"
_TRADE = Path(__file__).parent / "words"


def _flat(tree: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)


class Language:
    """One catalogue. `say` raises KeyError for a missing key: a gap is a defect of ours."""

    def __init__(self, code: str, words: Mapping[str, str]) -> None:
        self.code, self.words = code, words

    def say(self, key: str, **values: object) -> str:
        """The text of `key` with `{name}` filled in."""
        text = self.words[key]
        return text.format(**values) if values else text

    def term(self, kind: str, code: object) -> str:
        """The word for a code of the trade, or the code itself."""
        return self.words.get(f"{kind}.{code}", str(code))

    def pick(self, titles: Mapping[str, str] | None, otherwise: str) -> str:
        """The title in this language out of `{zh: ..., en: ...}`, or `otherwise`."""
        short = "en" if self.code == "en" else "zh"
        return (titles or {}).get(short) or otherwise

    def duration(self, seconds: float) -> str:
        """The two largest parts of a length of time, without sign."""
        rest, parts = int(abs(seconds)), list[str]()
        for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
            count, rest = divmod(rest, size)
            if count or parts or unit == "second":
                parts.append(f"{count}{self.words[f'duration.{unit}']}")
            if len(parts) == 2:  # noqa: PLR2004 - "3 h 12 m" is as exact as a glance needs
                break
        return self.words["duration.gap"].join(parts)


def load_languages(*more: Path) -> dict[str, Language]:
    """Every language by its code, the default first: the words of the trade, and those of the
    folders named, one `<code>.yaml` in each.
    """
    found = {}
    for path in sorted(_TRADE.glob("*.yaml"), key=lambda path: path.stem != DEFAULT):
        words: dict[str, str] = {}
        for folder in (_TRADE, *more):
            words |= _flat(yaml.safe_load((folder / path.name).read_text(encoding="utf-8")))
        found[path.stem] = Language(path.stem, words)
    return found
