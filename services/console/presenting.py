"""What a page shows of an API's answer: local times, chips, names. No rule: only wording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from libs.complaints.wording import Language
from services.console.lanes import instant, running

_SIGN = {"on-time": "●", "due-soon": "▲", "overdue": "✕", "met": "✓", "late": "✕", "idle": "–"}
_WATCH = {"DeadlineWarned", "OrderUrged", "CalendarRepinned"}
_CUSTOMER = {"ComplaintRegistered", "CustomerAnswered", "CustomerConsulted", "ProgressReported"}
_END = {"ComplaintClosed", "ComplaintArchived", "ComplaintWithdrawn", "RevisitMade"}
_LATE_ENTRY_SECONDS = 60
_STANDINGS = ("on_time", "due_soon", "overdue")


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A state in colour, sign and words; `due_at` makes the browser tick."""

    tone: str
    sign: str
    text: str
    due_at: str | None = None
    warn_at: str | None = None


class Presenter:
    """Words and times of one request: a language, a time zone, the present of the services.

    `stands`: time does not pass on the page, for it shows the past.
    """

    def __init__(
        self,
        language: Language,
        timezone: str,
        units: Mapping[str, Mapping[str, str]],
        *,
        stands: bool = False,
    ) -> None:
        self.language, self.timezone, self._units = language, timezone, units
        self._stands = stands
        self._zone = ZoneInfo(timezone)

    def when(self, text: str | None, *, seconds: bool = False) -> str:
        """A local time to the minute (or second); a dash for none."""
        if not text:
            return "–"
        pattern = "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M"
        return instant(text).astimezone(self._zone).strftime(pattern)

    def unit(self, path: str | None) -> str:
        """A unit's name: province and department, each as the organisation calls it."""
        if not path:
            return "–"
        return self.language.pick(self._units.get(path), path)

    def standing(self, code: str) -> Chip:
        """The chip of a case's worst clock."""
        tone = code if code in _SIGN else "idle"
        return Chip(tone=tone, sign=_SIGN[tone], text=self.language.term("standing", code))

    def countdown(self, clock: Mapping[str, Any], now: datetime) -> Chip:
        """The chip of a running clock: what is left, or by how much it is over."""
        left = (instant(clock["due_at"]) - now).total_seconds()
        warned = bool(clock.get("warn_at")) and instant(clock["warn_at"]) <= now
        tone = "overdue" if left < 0 else "due-soon" if warned else "on-time"
        words = self.language.words
        lead = words["clock.over"] if left < 0 else words["clock.left"]
        text = f"{lead}{words['duration.gap']}{self.language.duration(left)}"
        return Chip(
            tone=tone,
            sign=_SIGN[tone],
            text=text,
            due_at=None if self._stands else clock["due_at"],
            warn_at=None if self._stands else clock.get("warn_at"),
        )

    def clock(self, clock: Mapping[str, Any], now: datetime) -> Chip:
        """The chip of any clock, running or stopped."""
        if running(clock):
            return self.countdown(clock, now)
        if clock["state"] == "cancelled":
            return self._still("idle", "clock.cancelled")
        if clock["paused_at"]:
            return self._still("idle", "clock.paused")
        over = (instant(clock["ended_at"]) - instant(clock["due_at"])).total_seconds()
        if over <= 0:
            return self._still("met", "clock.met")
        late = self.language.say("clock.met_late", duration=self.language.duration(over))
        return Chip(tone="late", sign=_SIGN["late"], text=late)

    def _still(self, tone: str, key: str) -> Chip:
        return Chip(tone=tone, sign=_SIGN[tone], text=self.language.say(key))

    def delay(self, event: Mapping[str, Any]) -> str | None:
        """How much later than it happened an event was recorded; None if at once."""
        return self.language.duration(_gap(event)) if late_entry(event) else None

    def value(self, field: str, value: object) -> str:
        """A field's value in words: terms, local times, lists."""
        if isinstance(value, bool):
            return self.language.say(f"yes_no.{str(value).lower()}")
        if field == "share":
            return f"{int(str(value)) / 10:g}%"
        if isinstance(value, list):
            return ", ".join(self.value(field, each) for each in value)
        if field.endswith("_at") or field in {"old_due", "new_due"}:
            return self.when(str(value))
        return self._word(field, str(value))

    def file(self, name: str) -> str:
        """What a link to a file says: its type, its size, the beginning of its hash."""
        address, size, kind = name.split(".")
        return f"{kind.upper()} {-(-int(size) // 1024):,} KiB · {address[:12]}"

    def _word(self, field: str, code: str) -> str:
        for kind in (field, "value"):
            word = self.language.term(kind, code)
            if word != code:
                return word
        return self.unit(code) if code in self._units else code


def _gap(event: Mapping[str, Any]) -> float:
    return (instant(event["recorded_at"]) - instant(event["happened_at"])).total_seconds()


def late_entry(event: Mapping[str, Any]) -> bool:
    """Whether somebody typed an event in later than it happened. What the watchdog dates to its due
    time is no late entry, nor is what an old ledger says.
    """
    if event["imported"] is not None:
        return False
    return event["actor"]["role"] != "system" and _gap(event) > _LATE_ENTRY_SECONDS


def segments(explanation: Mapping[str, Any]) -> tuple[list[dict[str, Any]], float]:
    """The ledger of a deadline with the seconds that each stretch adds, and their sum."""
    rows = []
    for part in explanation["segments"]:
        length = (instant(part["until_at"]) - instant(part["from_at"])).total_seconds()
        rows.append({**part, "seconds": length if part["counted"] else 0.0})
    return rows, sum(row["seconds"] for row in rows)


def kind_of(event_type: str) -> str:
    """Which colour an event's mark takes: watch, miss, customer, end or plain."""
    if event_type == "DeadlineMissed":
        return "miss"
    kinds: list[tuple[str, Callable[[str], bool]]] = [
        ("watch", _WATCH.__contains__),
        ("customer", _CUSTOMER.__contains__),
        ("end", _END.__contains__),
    ]
    return next((kind for kind, fits in kinds if fits(event_type)), "plain")


def worst(counts: Mapping[str, int]) -> str:
    """The tone of a tile: that of its most pressing open complaint."""
    for name in reversed(_STANDINGS):
        if counts.get(name):
            return name.replace("_", "-")
    return "none"


def shares(counts: Mapping[str, int], width: int = 100) -> list[tuple[str, float, float]]:
    """(tone, x, width) of a stacked bar of the three standings."""
    total = sum(counts.get(name, 0) for name in _STANDINGS)
    found, x = [], 0.0
    for name in _STANDINGS if total else ():
        part = width * counts.get(name, 0) / total
        found.append((name.replace("_", "-"), round(x, 2), round(part, 2)))
        x += part
    return found
