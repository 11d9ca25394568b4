"""The lives that complaints lead in the demo, told in `stories.yaml`."""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

_FILE = Path(__file__).parent / "stories.yaml"
_MINUTES_PER_HOUR = 60


Told = str | int | bool | list[str]


class StoryStep(msgspec.Struct, frozen=True, kw_only=True, rename={"fields": "with"}):
    """One step: `after` (minutes since registration) somebody of `role` in `unit` does `action`."""

    after: int
    do: str
    by: str
    unit: str
    order: str | None = None
    to: str | None = None
    fields: dict[str, Told] = {}


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A life from registration on; `weight` says how often it is drawn."""

    story: str
    weight: int
    procedure: str
    steps: tuple[StoryStep, ...]


def load_stories(path: Path = _FILE) -> tuple[Story, ...]:
    """All stories of the file; raises `msgspec.ValidationError` for one that is not well formed."""
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    for story in told:
        for step in story["steps"]:
            step["after"] = minutes(step["after"])
    return tuple(msgspec.convert(told, tuple[Story, ...]))


def minutes(text: str) -> int:
    """`'1:20'` in minutes."""
    hours, _, rest = text.lstrip("+").partition(":")
    return int(hours) * _MINUTES_PER_HOUR + int(rest)


def place(value: Told, names: dict[str, str]) -> Told:
    """`value` with `{province}` and the like filled in, in a text or a list of them."""
    if isinstance(value, str):
        for name, meaning in names.items():
            value = value.replace("{" + name + "}", meaning)
        return value
    if isinstance(value, list):
        return [str(place(one, names)) for one in value]
    return value
