"""Texts in both languages of the product."""

from __future__ import annotations

import msgspec

from libs.procedures.document import Node


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """The same words in simplified Chinese and in English."""

    zh: str
    en: str


def read_text(node: Node) -> Text:
    """`{zh: ..., en: ...}`; both are wanted."""
    entries = node.mapping(("zh", "en"))
    for language in ("zh", "en"):
        if language not in entries:
            node.fail(f"has no text in '{language}'")
    return Text(zh=entries["zh"].text(), en=entries["en"].text())
