"""Reading a procedure file: every key known, every word of a closed set, every item with its place.

Raises `ProcedureError` (file, line, field, reason) at the first fault.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from libs.procedures.catalogue import ACTIONS, EVENTS, event_fields
from libs.procedures.clocks.declaration import Clock
from libs.procedures.document import Node
from libs.procedures.fieldtypes import FieldType
from libs.procedures.language import Words, compile_condition
from libs.procedures.language.words import ROLES
from libs.procedures.letters import read_letters
from libs.procedures.numbering import read_numbering
from libs.procedures.rules import Rule, read_rule
from libs.procedures.schema import sections
from libs.procedures.schema.clocks import read_clocks
from libs.procedures.schema.fields import ATTRIBUTE_ACTIONS, read_fields, read_fills
from libs.procedures.schema.hours import check_hours, read_hours, read_hours_on
from libs.procedures.schema.procedure import Procedure
from libs.procedures.schema.repeats import read_repeats
from libs.procedures.soundness import check_soundness
from libs.procedures.texts import read_text
from libs.procedures.units import UnitDirectory, UnitEntry
from libs.procedures.yaml_reading import parse_document, read_raw

_KEYS = (
    "id", "version", "title", "source", "scope", "timezone", "calendar", "hours", "hours_on",
    "definitions",
    "units", "posts", "channels", "categories", "levels", "classified_by_register",
    "level_change", "fields", "fills", "numbering", "clocks", "rules", "priority", "letters",
    "forms", "kpis", "reports", "repeats", "sanctions", "commendations", "open_parameters", "notes",
)  # fmt: skip
_REQUIRED = ("id", "title", "source", "scope", "timezone", "calendar", "rules", "clocks")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def load_procedure(path: Path) -> Procedure:
    """The procedure in this file; its version is the declared one, or a hash of the content."""
    return parse_procedure(read_raw(path), path.name)


def parse_procedure(raw: bytes, file: str, *, in_force_once: bool = False) -> Procedure:
    """As `load_procedure`, from bytes; `file` is the name used in errors.

    What was `in_force_once` is not judged for soundness again: complaints are pinned to it, and a
    check that came later must not make them unreadable.
    """
    root = parse_document(raw, file)
    entries = root.mapping(_KEYS)
    for key in _REQUIRED:
        if key not in entries:
            root.fail(f"has no {key}")
    return _Loading(entries, judged=not in_force_once).procedure(
        hashlib.sha256(raw).hexdigest()[:16]
    )


class _Loading:
    """The sections of one file, read in the order in which they need each other."""

    def __init__(self, entries: dict[str, Node], *, judged: bool) -> None:
        self._entries, self._judged = entries, judged
        self._units = sections.read_units(entries.get("units"))
        self._channels = sections.read_channels(entries.get("channels"))
        self._levels = sections.read_levels(entries.get("levels"))
        self._categories = self._read_categories()
        self._posts = self._read_posts()
        self._parameters = sections.read_parameters(entries.get("open_parameters"))
        lists = {
            "levels": tuple(level.id for level in self._levels),
            "channels": tuple(channel.id for channel in self._channels),
            **{f"categories.{name}": words for name, words in self._categories.items()},
        }
        self._fields = read_fields(entries.get("fields"), lists)
        self._words = self._make_words()

    def procedure(self, content_hash: str) -> Procedure:
        """Everything together."""
        entries, words = self._entries, self._words
        rules, clocks = self._rules(), self._sound_clocks()
        return Procedure(
            id=self._identity("id", entries["id"]),
            version=entries["version"].text() if "version" in entries else content_hash,
            title=read_text(entries["title"]),
            source=entries["source"].text(),
            scope=read_text(entries["scope"]),
            timezone=self._timezone(),
            calendar=entries["calendar"].word(("natural", "workdays")),
            hours=read_hours(entries.get("hours")),
            hours_every_day=read_hours_on(entries.get("hours_on"), entries.get("hours")),
            units=self._units,
            posts=self._posts,
            channels=self._channels,
            categories=self._categories,
            levels=self._levels,
            definitions=sections.read_definitions(entries.get("definitions")),
            classified_by_register=self._classified(),
            escalation_adds=self._escalation_adds(),
            attributes=self._attributes(),
            fields=self._fields,
            fills=read_fills(entries.get("fills"), words),
            numbering=read_numbering(entries["numbering"], EVENTS)
            if "numbering" in entries
            else read_numbering(Node(None, "", 1, "numbering"), EVENTS),
            clocks=clocks,
            rules=rules,
            priority=tuple(compile_condition(node, words) for node in self._list("priority")),
            letters=read_letters(entries.get("letters"), words),
            forms=sections.read_forms(entries.get("forms")),
            kpis=sections.read_kpis(entries.get("kpis"), words),
            reports=sections.read_reports(entries.get("reports")),
            repeats=read_repeats(entries.get("repeats"), self._clear_attributes()),
            sanctions=sections.read_sanctions(entries.get("sanctions")),
            commendations=sections.read_sanctions(entries.get("commendations")),
            parameters=self._parameters,
            notes=tuple(read_text(node) for node in self._list("notes")),
        )

    def _sound_clocks(self) -> tuple[Clock, ...]:
        entries, words = self._entries, self._words
        clocks = read_clocks(entries["clocks"], words, self._parameters)
        if not self._judged:
            return clocks
        form = bool(self._classified())
        check_soundness(entries["rules"], entries["clocks"], clocks, words, form_classifies=form)
        check_hours(
            (entries["clocks"], entries["rules"], entries.get("open_parameters")),
            entries.get("hours"),
        )
        return clocks

    def _list(self, key: str) -> list[Node]:
        node = self._entries.get(key)
        return [] if node is None or node.empty else node.items()

    @staticmethod
    def _identity(what: str, node: Node) -> str:
        text = node.text()
        if not _ID.fullmatch(text):
            node.fail(f"an {what} is made of small letters, digits and single hyphens")
        return text

    def _timezone(self) -> str:
        node = self._entries["timezone"]
        try:
            return ZoneInfo(node.text()).key
        except (ZoneInfoNotFoundError, ValueError):
            node.fail("is no time zone of the IANA database")

    def _read_categories(self) -> dict[str, tuple[str, ...]]:
        node = self._entries.get("categories")
        if node is None or node.empty:
            return {}
        return {name: child.texts() for name, child in node.mapping().items()}

    def _read_posts(self) -> dict[str, tuple[str, ...]]:
        """`{post: role or roles}`: in which roles somebody in this post acts."""
        node = self._entries.get("posts")
        if node is None or node.empty:
            return {}
        return {post: child.words(ROLES) for post, child in node.mapping().items()}

    def _classified(self) -> tuple[str, ...]:
        node = self._entries.get("classified_by_register")
        if node is None or node.empty:
            return ()
        return node.words(tuple(self._fields["register"]))

    def _escalation_adds(self) -> bool:
        node = self._entries.get("level_change")
        if node is None or node.empty:
            return False
        entries = node.mapping(("classify", "escalate"))
        for key, child in entries.items():
            child.word(("replace", "add") if key == "escalate" else ("replace",))
        return "escalate" in entries and entries["escalate"].value == "add"

    def _attributes(self) -> dict[str, FieldType]:
        return {
            name: field
            for action in ATTRIBUTE_ACTIONS
            for name, field in self._fields[action].items()
        }

    def _clear_attributes(self) -> frozenset[str]:
        return frozenset(name for name, field in self._attributes().items() if not field.sealed)

    def _make_words(self) -> Words:
        events = {event: set(event_fields(event)) for event in EVENTS}
        for action in ACTIONS.values():
            events[action.event] |= set(self._fields[action.name])
        types: dict[str, list[FieldType]] = {}
        for fields in self._fields.values():
            for name, field in fields.items():
                if field not in types.setdefault(name, []):
                    types[name].append(field)
        plain = {
            name for fields in self._fields.values() for name, f in fields.items() if not f.sealed
        }
        sealed = {
            name for fields in self._fields.values() for name, f in fields.items() if f.sealed
        }
        return Words(
            units=UnitDirectory(UnitEntry(id=unit.id, kind=unit.kind) for unit in self._units),
            fields={action: frozenset(fields) for action, fields in self._fields.items()},
            events={event: frozenset(fields) for event, fields in events.items()},
            attributes=frozenset(self._attributes()),
            posts=tuple(self._posts),
            clocks=self._clock_ids(),
            parameters={parameter.id: parameter.default for parameter in self._parameters},
            sealed=frozenset(sealed - plain),
            types={name: tuple(found) for name, found in types.items()},
        )

    def _clock_ids(self) -> tuple[str, ...]:
        ids: list[str] = []
        for node in self._list("clocks"):
            child = node.mapping().get("id")
            if child is None:
                node.fail("has no id")
            if child.text() in ids:
                child.fail(f"'{child.text()}' is there already")
            ids.append(self._identity("id", child))
        return tuple(ids)

    def _rules(self) -> tuple[Rule, ...]:
        found: dict[str, Rule] = {}
        for node in self._list("rules"):
            rule = read_rule(node, self._words)
            if rule.id in found:
                node.fail(f"'{rule.id}' is there already")
            found[rule.id] = rule
        return tuple(found.values())
