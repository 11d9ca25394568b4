"""An event as the timeline tells it, from its stored body."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from libs.complaints.wording import load_languages
from services.console.presenting import Presenter, kind_of

CONSOLE = Path("services/console")
GOLDEN = Path("tests/golden")


def shown(event_type: str, code: str) -> str:
    """The text of an event's entry."""
    language = load_languages(CONSOLE / "languages")[code]
    environment = Environment(
        loader=FileSystemLoader(CONSOLE / "templates"), autoescape=True, undefined=StrictUndefined
    )
    data = json.loads((GOLDEN / event_type / "v1.json").read_text(encoding="utf-8"))["data"]
    at = "2026-11-22T03:43:23.000000Z"
    event: dict[str, Any] = {
        "version": 2, "type": event_type, "happened_at": at, "recorded_at": at, "order": None,
        "to": [], "actor": {"role": "system", "unit": "henan", "staff": "system"},
        "service": "sla", "data": data, "texts": {}, "hash": "ab" * 32, "prev": "cd" * 32,
        "imported": None,
    }  # fmt: skip
    markup = environment.get_template("event.html").render(
        event=event,
        presenter=Presenter(language, "Asia/Shanghai", {}),
        t=language.say,
        term=language.term,
        language=language,
        kind_of=kind_of,
        case={"clock_titles": {"answer": {"zh": "答复", "en": "Answer"}}, "withheld": None},
    )
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("en", ("Calendar re-pinned", "time limits: Answer, handle-order", "due before:")),
        ("zh-Hans", ("日历换版", "涉及时限: 答复, handle-order", "原到期:")),
    ],
)
def test_a_repinned_calendar_names_its_cause_and_every_due_time(
    code: str, words: tuple[str, ...]
) -> None:
    text = shown("CalendarRepinned", code)
    for word in (
        *words,
        "mainland-c91831fa0f37",
        "2027-01-11 00:00, 2027-01-13 00:00",
        "2027-01-12 00:00, 2027-01-13 00:00",
    ):
        assert word in text
