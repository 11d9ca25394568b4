"""Both languages are complete: no key is missing, none is left over, every code has its word."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from libs.access.identity import ROLES
from libs.complaints.wording import DEFAULT, Language, load_languages
from libs.procedures.catalogue import EVENTS
from libs.procedures.schema import ProcedureBook

ROOT = Path(__file__).parents[2]
CONSOLE = ROOT / "services" / "console"
LANGUAGES = load_languages(CONSOLE / "languages")
SOURCES = [*(CONSOLE / "templates").glob("*.html"), *CONSOLE.glob("*.py")]
LITERAL = re.compile(r"""\b(?:t|say)\([^'"()]*['"]([a-z_.]+)['"]\s*[,)]""")
BEGINNING = re.compile(r"""\bt\('([a-z_]+\.[a-z_]*)' ~""")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_default_is_simplified_chinese():
    assert next(iter(LANGUAGES)) == DEFAULT == "zh-Hans"


def test_all_languages_have_the_same_keys_with_the_same_values_to_fill_in():
    first, *others = LANGUAGES.values()
    for other in others:
        assert other.words.keys() == first.words.keys()
        for key, text in first.words.items():
            assert placeholders(other.words[key]) == placeholders(text), key


def test_no_text_is_empty_but_the_gap_between_numbers_and_units():
    for language in LANGUAGES.values():
        assert {key for key, text in language.words.items() if not text} <= {"duration.gap"}


def test_english_has_no_chinese_left_in_it_but_the_other_language_s_name():
    assert not [text for text in LANGUAGES["en"].words.values() if re.search(r"[一-鿿]", text)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_every_key_that_a_page_asks_for_is_there(path: Path):
    text = path.read_text(encoding="utf-8")
    words = LANGUAGES[DEFAULT].words
    assert [key for key in LITERAL.findall(text) if key not in words] == []
    beginnings = BEGINNING.findall(text)
    assert all(any(key.startswith(each) for key in words) for each in beginnings)


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda language: language.code)
def test_every_event_role_and_field_that_the_sample_enterprise_uses_has_a_word(
    language: Language,
):
    wanted = {f"event_type.{event}" for event in EVENTS} | {f"role.{role}" for role in ROLES}
    procedure = ProcedureBook(ROOT / "procedures").get("telecom-complaint")
    for fields in procedure.fields.values():
        wanted |= {f"field.{name}" for name in fields}
    assert sorted(wanted - language.words.keys()) == []
