"""A case as a file: JSON with the exact stored bytes, or a page to print (simplified Chinese).

Both let anybody recompute the chain without this product: the hash of an event is SHA-256 over a
zero byte and its header; the header holds SHA-256 of the body and the hash of the event before.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from libs.complaints.wording import Language, load_languages
from services.analytics.casefile import Json, case_json
from services.analytics.organisation import Organisation
from services.analytics.reading import ReadCase

FORMAT = "redress-case/1"
RECIPE = {
    "hash": "SHA-256(0x00 || header), hex",
    "header.body": "SHA-256(body), hex",
    "header.prev": "hash of the event before, hex; 64 zeros for version 1",
    "bytes": "header and body are UTF-8 text exactly as stored",
}
LANGUAGE = "zh-Hans"
_FOLDER = Path(__file__).parent / "print"
STYLE = (_FOLDER / "case.css").read_text(encoding="utf-8")
# The page stands alone: nothing is loaded, and no style but this very one applies.
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
PRINT_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"


def case_export(read: ReadCase) -> bytes:
    """The case as JSON: what `case_json` says, and every event's header and body as stored."""
    content = case_json(read)
    for shown, entry in zip(content["events"], read.entries, strict=True):
        shown["header"] = entry.stored.header.decode("utf-8")
        shown["body"] = entry.stored.body.decode("utf-8")
    exported: Json = {"format": FORMAT, "verify": RECIPE, **content}
    return msgspec.json.format(msgspec.json.encode(exported), indent=1)


def case_page(read: ReadCase, organisation: Organisation) -> str:
    """The case as one HTML page to print, without anything to load."""
    content = case_json(read)
    language = _language()
    printer = _Printer(language, ZoneInfo(content["timezone"]), organisation)
    template = _environment().get_template("case.html")
    return template.render(
        case=content,
        events=list(zip(content["events"], read.entries, strict=True)),
        style=STYLE,
        term=language.term,
        duration=language.duration,
        when=printer.when,
        unit=printer.unit,
        value=printer.value,
    )


class _Printer:
    def __init__(self, language: Language, zone: ZoneInfo, organisation: Organisation) -> None:
        self._language, self._zone, self._organisation = language, zone, organisation

    def when(self, text: str | None) -> str:
        if not text:
            return "—"
        local = datetime.fromisoformat(text).astimezone(self._zone)
        return local.strftime("%Y-%m-%d %H:%M:%S")

    def unit(self, path: str | None) -> str:
        return self._language.pick(self._organisation.units.get(path or ""), path or "—")

    def value(self, field: str, value: object) -> str:
        if isinstance(value, bool):
            return self._language.say(f"yes_no.{str(value).lower()}")
        if field == "share":
            return f"{int(str(value)) / 10:g}%"
        if isinstance(value, list):
            return "、".join(self.value(field, each) for each in value)
        if field.endswith("_at") or field == "new_due":
            return self.when(str(value))
        word = self._language.term(field, value)
        return self._language.term("value", value) if word == str(value) else word


@lru_cache(maxsize=1)
def _language() -> Language:
    return load_languages()[LANGUAGE]


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
