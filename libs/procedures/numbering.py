"""Numbers of complaints: a pattern with date parts and a running number."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo

import msgspec

from libs.procedures.document import Node

RESETS = ("daily", "monthly", "yearly", "never")
_PARTS = re.compile(r"YYYY|YY|MM|DD|#+")
_FORMATS = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d"}
_CENTURY = 2000
_CODE = re.compile(r"[a-z0-9-]*")


class Numbering(msgspec.Struct, frozen=True, kw_only=True):
    """How a procedure numbers its complaints.

    `pattern`: `YYYY`, `YY`, `MM`, `DD` stand for parts of the local date, `{centre}` for the code
    of the registering centre, a run of `#` for the running number, widened when it overflows.
    `given_at`: the event that draws the number. With `per_centre` each centre counts for itself.
    """

    pattern: str = "{centre}-YYMM######"
    resets: str = "monthly"
    given_at: str = "ComplaintRegistered"
    per_centre: bool = True

    def pattern_for(self, unit: str) -> str:
        """The pattern of the centre that `unit` belongs to: the first part of its path."""
        return self.pattern.replace("{centre}", unit.split("/", 1)[0].lower())

    def series(self, procedure: str, unit: str) -> str:
        """The name of the counter."""
        return f"{procedure}/{unit.split('/', 1)[0]}" if self.per_centre else procedure


def render(pattern: str, moment: datetime, timezone: tzinfo, running: int) -> str:
    """The number with this running part, by the local date of `moment`."""
    local = moment.astimezone(timezone)

    def part(match: re.Match[str]) -> str:
        word = match[0]
        if word[0] == "#":
            return str(running).zfill(len(word))
        return local.strftime(_FORMATS[word])

    return _PARTS.sub(part, pattern)


def may_come(numbering: Numbering, number: str, now: datetime, timezone: tzinfo) -> bool:
    """Whether this number may still be drawn: it fits the pattern, of this period or a later one.

    Any centre counts, for centres can be added.
    """
    groups: list[str] = []

    def part(match: re.Match[str]) -> str:
        if match[0][0] == "#":
            return rf"\d{{{len(match[0])},}}"
        groups.append(match[0])
        return rf"(\d{{{len(match[0])}}})"

    centre = numbering.pattern.replace("{centre}", "\0")
    picture = _PARTS.sub(part, centre).replace("\0", "[a-z0-9-]+")
    found = re.fullmatch(picture, number, re.ASCII)
    if found is None:
        return False
    local = now.astimezone(timezone)
    order = [place for place in ("YYYY", "YY", "MM", "DD") if place in groups]
    told = [int(found[groups.index(place) + 1]) for place in order]
    return told >= [int(local.strftime(_FORMATS[place])) for place in order]


def following(pattern: str, moment: datetime, timezone: tzinfo, last: str | None) -> str:
    """The number after `last`; the first one when `last` belongs to an earlier period."""
    before, _, after = pattern.partition("#")
    prefix = render(before, moment, timezone, 0)
    suffix = render(after.lstrip("#"), moment, timezone, 0)
    running = 0
    if last is not None and last.startswith(prefix):
        digits = last[len(prefix) :].removesuffix(suffix)
        running = int(digits) if digits.isdigit() else 0
    return render(pattern, moment, timezone, running + 1)


def counted(pattern: str, number: str, timezone: tzinfo) -> tuple[datetime, int] | None:
    """An instant of the period that `number` belongs to, and its running part.

    None where it does not have the pattern's form.
    """
    read = re.fullmatch(_PARTS.sub(_group, pattern), number)
    if read is None:
        return None
    parts = {name: int(digits) for name, digits in read.groupdict().items()}
    year = parts.get("YYYY") or _CENTURY + parts.get("YY", 0)
    try:
        day = datetime(year, parts.get("MM", 1), parts.get("DD", 1), tzinfo=timezone)
    except ValueError:
        return None
    return day, parts["running"]


def _group(match: re.Match[str]) -> str:
    word = match[0]
    return r"(?P<running>\d+)" if word[0] == "#" else rf"(?P<{word}>\d{{{len(word)}}})"


def read_numbering(node: Node, events: tuple[str, ...]) -> Numbering:
    """The `numbering` section; the default where a regulation says nothing is one per centre."""
    if node.empty:
        return Numbering()
    entries = node.mapping(("pattern", "resets", "given_at", "per_centre", "source", "quote"))
    if "pattern" not in entries:
        node.fail("has no pattern")
    pattern = entries["pattern"].text()
    rest = _PARTS.sub("", pattern).replace("{centre}", "")
    if len(re.findall("#+", pattern)) != 1 or not _CODE.fullmatch(rest):
        entries["pattern"].fail(
            "holds YYYY, YY, MM, DD, {centre}, small letters, digits, hyphens and one run of #"
        )
    return Numbering(
        pattern=pattern,
        resets=entries["resets"].word(RESETS) if "resets" in entries else "never",
        given_at=entries["given_at"].word(events)
        if "given_at" in entries
        else ("ComplaintRegistered"),
        per_centre=entries["per_centre"].flag() if "per_centre" in entries else False,
    )
