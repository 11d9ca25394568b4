"""A procedure as a page to read and print: its steps drawn, every item with its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from libs.complaints.wording import Language
from libs.procedures.catalogue import EVENT_OF
from libs.procedures.document import Node, Plain
from libs.procedures.rules import Rule
from libs.procedures.schema import Procedure
from libs.procedures.texts import Text
from redress.regulation.flow import flow_of
from redress.regulation.picture import picture
from redress.regulation.telling import conditions, events, roles, told

_TEMPLATES = Path(__file__).parent / "templates"
_TABLES = (
    ("forms", ("fields", "filled_by", "at")),
    ("kpis", ("formula", "numerator", "denominator", "target")),
    ("reports", ("content", "period", "due", "to")),
    ("sanctions", ("cause", "who", "measure")),
    ("commendations", ("cause", "who", "measure")),
    ("open_parameters", ("default",)),
    ("definitions", ()),
)
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip
Item = dict[str, Plain]


class ClockRow(msgspec.Struct, frozen=True, kw_only=True):
    """A clock as a line of the table."""

    id: str
    title: str
    starts: str
    stops: str
    limit: str
    warning: str
    notes: tuple[str, ...]
    source: str
    quote: str
    reading: str


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as a line of the table."""

    id: str
    title: str
    kind: str
    at: str
    guidance: str
    source: str
    quote: str
    reading: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A form, figure, report ... as a line of its table."""

    id: str
    title: str
    cells: tuple[str, ...]
    source: str
    quote: str
    reading: str


def page(procedure: Procedure, root: Node, language: Language) -> str:
    """The whole page as HTML that needs nothing else; `root` is the procedure as written."""
    written = {key: node.plain() for key, node in root.mapping().items()}
    rules = [(rule, _rule(rule, language)) for rule in procedure.rules]
    return _ENVIRONMENT.get_template("procedure.html").render(
        procedure=procedure,
        language=language,
        say=language.say,
        pick=lambda text: _pick(text, language),
        style=Markup((_TEMPLATES / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - ours
        picture=Markup(picture(flow_of(procedure, root), language)),  # noqa: S704 - escaped there
        clocks=[_clock(item, language) for item in _items(written, "clocks")],
        rule_groups=[
            (language.say("page.refuses"), [row for rule, row in rules if rule.refuses]),
            (language.say("page.advises"), [row for rule, row in rules if not rule.refuses]),
        ],
        tables=[
            (key, columns, [_line(item, columns, language) for item in _items(written, key)])
            for key, columns in _TABLES
        ],
    )


def _pick(text: Text, language: Language) -> str:
    return language.pick({"zh": text.zh, "en": text.en}, text.zh)


def _items(written: dict[str, Plain], section: str) -> list[Item]:
    value = written.get(section)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _say(item: Item, key: str, language: Language) -> str:
    return told(key, item[key], language) if item.get(key) is not None else ""


def _clock(item: Item, language: Language) -> ClockRow:
    return ClockRow(
        id=str(item["id"]),
        title=_say(item, "title", language),
        starts=_say(item, "from", language),
        stops=_say(item, "to", language),
        limit=_say(item, "limit", language),
        warning=_say(item, "warn_at", language),
        notes=tuple(_notes(item, language)),
        source=_say(item, "source", language),
        quote=_say(item, "quote", language),
        reading=_say(item, "reading", language),
    )


def _notes(item: Item, language: Language) -> Iterator[str]:
    if item.get("when"):
        yield f"{language.say('page.applies_when')}: {conditions(item['when'], language)}"
    if item.get("order"):
        yield language.say("page.per_order")
    if item.get("from_at"):
        yield language.say("page.from_time", field=item["from_at"])
    if item.get("soft"):
        yield language.say("page.target_only")
    for key in ("extend", "pause"):
        way = item.get(key)
        if isinstance(way, dict):
            yield language.say(f"page.{key}_by", who=roles(way.get("by"), language))
    then = item.get("then")
    if isinstance(then, dict):
        action = EVENT_OF.get(str(then.get("do")), "")
        yield language.say("page.then", action=events(action, language))


def _rule(rule: Rule, language: Language) -> RuleRow:
    steps: Sequence[str] = list(
        dict.fromkeys(action for part in rule.parts for action in part.applies)
    )
    return RuleRow(
        id=rule.id,
        title=_pick(rule.title, language),
        kind=language.term("kind", rule.kind),
        at=events([EVENT_OF[action] for action in steps], language),
        guidance=_pick(rule.guidance, language) if rule.guidance else "",
        source=rule.source,
        quote=rule.quote or "",
        reading=rule.reading or "",
    )


def _line(item: Item, columns: Sequence[str], language: Language) -> Line:
    return Line(
        id=str(item["id"]),
        title=_say(item, "title", language),
        cells=tuple(_say(item, column, language) for column in columns),
        source=_say(item, "source", language),
        quote=_say(item, "quote", language),
        reading=_say(item, "reading", language),
    )
