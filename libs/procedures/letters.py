"""Letters of apology as data: when each fits, what must be filled in, and its words."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from libs.procedures.catalogue import EVENTS
from libs.procedures.document import Node
from libs.procedures.language import Words, compile_condition
from libs.procedures.language.language import Condition
from libs.procedures.language.words import ROLES
from libs.procedures.texts import Text, read_text

_KEYS = (
    "id", "title", "source", "quote", "reading", "fits", "signed_by", "after", "if", "fields",
    "text",
)  # fmt: skip
_REQUIRED = ("id", "title", "source", "fits", "signed_by", "after", "fields", "text")
_PLACE = re.compile(r"\{([^{}]*)\}")
_ACTION = ("apologise",)


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of letter. It is proposed once an event of `after` has happened, while `when` holds;
    `signed_by` are the roles in whose name it goes out. `text` holds `{field}` where a field goes.
    """

    id: str
    title: Text
    source: str
    quote: str | None = None
    reading: str | None = None
    fits: Text
    signed_by: tuple[str, ...]
    after: tuple[str, ...]
    when: Condition | None = None
    fields: dict[str, Text]
    text: Text


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A letter's words with what is known filled in; `missing` fields stand as their names."""

    letter: str
    language: str
    text: str
    missing: tuple[str, ...]


def draft(letter: Letter, values: Mapping[str, str], language: str) -> Draft:
    """Fill the letter in, in `zh-Hans` or `en`. A value is put in as it is: nothing in it is read
    as a field. Values for fields that the letter does not have are left out.
    """
    english = language == "en"
    missing = tuple(name for name in letter.fields if not values.get(name, "").strip())

    def fill(place: re.Match[str]) -> str:
        name = place[1]
        title = letter.fields[name]
        return f"[{title.en if english else title.zh}]" if name in missing else values[name].strip()

    text = _PLACE.sub(fill, letter.text.en if english else letter.text.zh)
    return Draft(letter=letter.id, language=language, text=text, missing=missing)


def read_letters(node: Node | None, words: Words) -> tuple[Letter, ...]:
    """The `letters` section; raises `ProcedureError`."""
    found: dict[str, Letter] = {}
    if node is not None and not node.empty and "letter" not in words.fields["apologise"]:
        node.fail("needs `fields: {apologise: {letter: slug}}`, so that a letter sent is known")
    for child in () if node is None or node.empty else node.items():
        letter = _letter(child, words)
        if letter.id in found:
            child.fail(f"'{letter.id}' is there already")
        found[letter.id] = letter
    return tuple(found.values())


def _letter(node: Node, words: Words) -> Letter:
    entries = node.mapping(_KEYS)
    for key in _REQUIRED:
        if key not in entries:
            node.fail(f"has no {key}")
    fields = {name: read_text(child) for name, child in entries["fields"].mapping().items()}
    text = read_text(entries["text"])
    for language, words_of in entries["text"].mapping().items():
        _check_places(words_of, fields, language)
    return Letter(
        id=entries["id"].text(),
        title=read_text(entries["title"]),
        source=entries["source"].text(),
        quote=entries["quote"].text() if "quote" in entries else None,
        reading=entries["reading"].text() if "reading" in entries else None,
        fits=read_text(entries["fits"]),
        signed_by=entries["signed_by"].words(ROLES),
        after=entries["after"].words(EVENTS),
        when=compile_condition(entries["if"], words, _ACTION) if "if" in entries else None,
        fields=fields,
        text=text,
    )


def _check_places(node: Node, fields: Mapping[str, Text], language: str) -> None:
    named = set(_PLACE.findall(node.text()))
    if unknown := named - set(fields):
        node.fail(f"'{{{min(unknown)}}}' is none of the letter's fields")
    if unused := set(fields) - named:
        node.fail(f"the field '{min(unused)}' does not occur in the {language} text")
