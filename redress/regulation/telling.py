"""Values of a procedure file in words: limits, shares, events, roles, conditions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from libs.complaints.wording import Language, load_languages
from libs.procedures.document import Plain

_WORDS = Path(__file__).parent / "words"
_EVENTS = frozenset({"from", "to", "event"})
_LONGEST = 160


def languages() -> dict[str, Language]:
    """Every language with the words of procedure pages."""
    return load_languages(_WORDS)


def told(key: str, value: Plain, language: Language) -> str:
    """The value of a key as a person reads it; what has no words of its own stands as written."""
    if isinstance(value, dict):
        if key == "limit":
            return limit(value, language)
        if set(value) == {"zh", "en"}:
            return language.pick({name: str(text) for name, text in value.items()}, "")
    elif key in _EVENTS and value is not None:
        return events(value, language)
    elif key == "warn_at" and value is not None:
        return ", ".join(share(each) for each in value) if isinstance(value, list) else share(value)
    if value is None:
        return "-"
    return written(value, language)


def written(value: Plain, language: Language) -> str:
    """On one line, as it could stand in the file; truth values in words."""
    if isinstance(value, bool):
        return language.term("yes_no", str(value).lower())
    if isinstance(value, dict | list):
        flow = yaml.safe_dump(
            value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6
        )
        return flow.strip()
    return str(value)


def shortened(text: str) -> str:
    """At most one line's worth."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def limit(node: Mapping[str, Plain], language: Language) -> str:
    """`24 hours`, `8-16 hours`, `the same day until 24:00` ..."""
    if "field" in node:
        return language.say("page.due_in_event")
    if node.get("unit") == "days" and node.get("value") == 0:
        return language.say("page.same_day")
    unit = language.term("unit_of_time", node.get("unit"))
    amount = (
        f"{node.get('min')}-{node.get('max')}"
        if "min" in node or "max" in node
        else str(node.get("value"))
    )
    notes = [language.say(f"page.{key}") for key in ("rolls", "parameter") if node.get(key)]
    text = f"{amount} {unit}"
    return f"{text} ({', '.join(notes)})" if notes else text


def share(value: Plain) -> str:
    """`0.9` is `90%`."""
    return f"{float(value) * 100:g}%" if isinstance(value, int | float) else str(value)


def events(value: Plain, language: Language) -> str:
    """Event types by their names."""
    names = value if isinstance(value, list) else [value]
    return " / ".join(language.term("event_type", name) for name in names)


def roles(value: Plain, language: Language) -> str:
    """Roles by their names."""
    names = value if isinstance(value, list) else [value]
    return " / ".join(language.term("role", name) for name in names)


def conditions(value: Plain, language: Language) -> str:
    """`level: major · start.by: agent`."""
    if not isinstance(value, dict):
        return ""
    return " · ".join(f"{key}: {written(wanted, language)}" for key, wanted in value.items())
