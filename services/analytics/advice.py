"""What the procedure offers to whoever works on a case: advice at open steps, letters that fit."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from libs.complaints.apologies import letters_that_fit
from libs.complaints.guidance import guidance
from libs.procedures.letters import Draft, Letter, draft
from services.analytics.reading import ReadCase

Json = dict[str, Any]


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """A letter to be drafted: what is known of its fields, and in which language."""

    values: dict[str, Annotated[str, msgspec.Meta(max_length=2000)]] = {}
    language: Literal["zh-Hans", "en"] = "zh-Hans"


def advice_json(read: ReadCase) -> Json:
    """`guidance` and `letters` of the case as it stands at the moment looked at."""
    known = read.known
    procedure, calendar = known.pinned.procedure, known.pinned.calendar
    found = guidance(known.case, procedure, calendar, read.seen_at)
    return {
        "guidance": msgspec.to_builtins(found),
        "letters": [_letter(letter) for letter in fitting(read)],
    }


def fitting(read: ReadCase) -> tuple[Letter, ...]:
    """The letters to propose for the case now."""
    known = read.known
    return letters_that_fit(known.case, known.pinned.procedure, known.pinned.calendar, read.seen_at)


def drafted(read: ReadCase, letter: str, asked: Asked) -> Draft | None:
    """The letter's words for this case; None where the case's procedure has no such letter."""
    letters = {each.id: each for each in read.known.pinned.procedure.letters}
    found = letters.get(letter)
    return None if found is None else draft(found, asked.values, asked.language)


def _letter(letter: Letter) -> Json:
    shown = ("id", "title", "source", "fits", "signed_by", "fields")
    content: Json = msgspec.to_builtins({name: getattr(letter, name) for name in shown})
    return content
