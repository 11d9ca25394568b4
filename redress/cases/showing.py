"""A case in the terminal: its head, every clock with the reason of its due time, its timeline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from libs.complaints.wording import Language

Json = dict[str, Any]
_STYLE = {"met": "green", "missed": "bold red", "open": "cyan", "cancelled": "dim"}
_SIGN = {"met": "✓", "missed": "✕", "open": "●", "cancelled": "–"}
_EVENT_STYLE = {"DeadlineMissed": "bold red", "DeadlineWarned": "yellow", "OrderUrged": "yellow"}
_MARK = "·"


def local_time(text: str | None, zone: ZoneInfo | None) -> str:
    """A time to the second in `zone` (None: the machine's); a dash for none."""
    if not text:
        return "–"
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def past_line(past: Json, words: Language, zone: ZoneInfo | None) -> Text:
    """What past one looks at; times in `zone` (None: the machine's)."""
    at = datetime.fromisoformat(past["at"]).astimezone(zone)
    unseen = f" {_MARK} {words.term('past', 'unseen')} {past['unseen']}" if "unseen" in past else ""
    return Text(
        f"{words.term('past', past['axis'])} {at:%Y-%m-%d %H:%M:%S %z}{unseen}", "bold yellow"
    )


class CaseView:
    """Words and local times of one case."""

    def __init__(self, case: Json, language: Language) -> None:
        self._case, self._words = case, language
        self._zone = ZoneInfo(case["timezone"])
        past = case["past"]
        self._now = datetime.fromisoformat(past["at"] if past else case["present"]["now"])

    def print(self, console: Console) -> None:
        """Print the case."""
        if self._case["past"]:
            console.print(past_line(self._case["past"], self._words, self._zone))
        console.print(self._head())
        console.print(self._clocks())
        for clock in self._case["clocks"]:
            console.print(self._why(clock))
        console.print(self._timeline())

    def _head(self) -> RenderableType:
        case, term = self._case, self._words.term
        facts = Table.grid(padding=(0, 3))
        attributes = case["attributes"]
        rows = [
            ("status", term("status", case["status"])),
            *((name, term(name, attributes[name])) for name in ("level", "channel", "category",
              "business", "customer_tier") if isinstance(attributes.get(name), str)),
            ("unit", case["unit"]),
            ("registered", self._when(case["registered_at"])),
            ("procedure", f"{case['procedure']['id']} {case['procedure']['version']}"),
            ("stream", case["stream"]),
            ("head", case["events"][-1]["hash"]),
        ]  # fmt: skip
        for name, value in rows:
            facts.add_row(Text(term("field", name), style="dim"), value)
        title = case["number"] or case["complaint"]
        return Panel(facts, title=f"[bold]{title}[/bold]", title_align="left")

    def _clocks(self) -> RenderableType:
        table = Table(box=None, padding=(0, 2), header_style="dim")
        for name in ("", "", "from", "due", "stopped", ""):
            table.add_column(name)
        for clock in self._case["clocks"]:
            style = _STYLE[clock["state"]]
            table.add_row(
                Text(_SIGN[clock["state"]], style=style),
                Text(self._title(clock), style="bold"),
                self._when(clock["started_at"]),
                self._when(clock["due_at"]) + (" ?" if clock["provisional"] else ""),
                self._when(clock["ended_at"]),
                Text(self._standing(clock), style=style),
            )
        return table

    def _title(self, clock: Json) -> str:
        name = self._words.pick(clock["title"], clock["clock"])
        order = f" {clock['order']}" if clock["order"] else ""
        return f"{name}{order}" + (f" #{clock['run']}" if clock["run"] > 1 else "")

    def _standing(self, clock: Json) -> str:
        if clock["state"] == "cancelled":
            return self._words.term("clock_state", "cancelled")
        due = datetime.fromisoformat(clock["due_at"])
        ended = clock["ended_at"]
        left = (due - (datetime.fromisoformat(ended) if ended else self._now)).total_seconds()
        key = ("spare" if left >= 0 else "late") if ended else ("left" if left >= 0 else "over")
        return f"{self._words.term('clock_state', key)} {self._words.duration(left)}"

    def _why(self, clock: Json) -> RenderableType:
        why = clock["explanation"]
        lines = [Text(self._title(clock), style="bold")]
        if why["limit"]:
            unit = self._words.term("unit_of_time", why["limit"]["unit"])
            source = f" {_MARK} {clock['source']}" if clock["source"] else ""
            quote = f" “{clock['quote']}”" if clock["quote"] else ""
            lines.append(Text(f"  {why['limit']['value']} {unit}{source}{quote}"))
        if why["calendar"]:
            lines.append(
                Text(f"  {self._words.term('field', 'calendar_version')} {why['calendar']}")
            )
        lines.extend(self._segments(why))
        return Group(*lines)

    def _segments(self, why: Json) -> Iterator[Text]:
        for part in why["segments"]:
            begin, end = (datetime.fromisoformat(part[name]) for name in ("from_at", "until_at"))
            length = self._words.duration((end - begin).total_seconds())
            festival = f" {part['festival']}" if part["festival"] else ""
            sign, style = ("+", "green") if part["counted"] else (" ", "dim")
            reason = self._words.term("segment", part["reason"])
            span = f"{self._when(part['from_at'])} → {self._when(part['until_at'])}"
            yield Text(f"  {sign} {span}  {length:>10}  {reason}{festival}", style=style)

    def _timeline(self) -> RenderableType:
        table = Table(box=None, padding=(0, 2), header_style="dim")
        for name in ("#", "happened", "recorded", "", "", ""):
            table.add_column(name)
        for event in self._case["events"]:
            late = event["happened_at"][:16] != event["recorded_at"][:16]
            actor = event["actor"]
            table.add_row(
                str(event["version"]),
                self._when(event["happened_at"]),
                Text(self._when(event["recorded_at"]), style="yellow" if late else "dim"),
                self._what(event),
                f"{self._words.term('role', actor['role'])} {actor['unit']}",
                Text(event["hash"][:12], style="dim"),
            )
        return table

    def _what(self, event: Json) -> Text:
        order = f" {event['order']}" if event["order"] else ""
        to = f" → {', '.join(event['to'])}" if event["to"] else ""
        text = Text(
            self._words.term("event_type", event["type"]), _EVENT_STYLE.get(event["type"], "bold")
        )
        text.append(f"{order}{to}", style="default")
        data = f" {_MARK} ".join(
            f"{self._words.term('field', name)} {self._value(name, value)}"
            for name, value in event["data"].items()
        )
        for line in [data, *(each or "***" for each in event["texts"].values())]:
            if line:
                text.append(f"\n{line}", style="dim")
        return text

    def _value(self, name: str, value: object) -> str:
        if isinstance(value, list):
            return ", ".join(self._value(name, each) for each in value)
        if name in {"clock", "clocks"}:
            return self._words.pick(self._case["clock_titles"].get(value), str(value))
        if isinstance(value, str) and (name.endswith("_at") or name in {"old_due", "new_due"}):
            return self._when(value)
        if name == "share":
            return f"{int(str(value)) / 10:g} %"
        if isinstance(value, bool):
            return self._words.term("yes_no", str(value).lower())
        word = self._words.term(name, value)
        return self._words.term("value", value) if word == str(value) else word

    def _when(self, text: str | None) -> str:
        return local_time(text, self._zone)
