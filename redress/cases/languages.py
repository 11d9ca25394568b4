"""The language in which a command shows things."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from libs.complaints.wording import DEFAULT, Language, load_languages

LanguageName = Annotated[
    str | None, typer.Option("--language", metavar="NAME", help="zh-Hans or en.")
]


def language_named(name: str | None) -> Language:
    """The language of that name; without one, English where LANG says so, else the default.

    Raises BadParameter.
    """
    languages = load_languages()
    chosen = name or ("en" if os.environ.get("LANG", "").startswith("en") else DEFAULT)
    if chosen not in languages:
        raise typer.BadParameter(f"one of {', '.join(languages)}", param_hint="--language")
    return languages[chosen]
