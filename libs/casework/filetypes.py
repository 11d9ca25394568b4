"""The types of files that are taken: a closed list, each known by its first bytes.

What a client calls a file counts for nothing: the bytes must be of the type that it declares.
"""

from __future__ import annotations

import re

PLAIN = "text/plain"
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "amr": "audio/amr",
    "mp4": "video/mp4",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "txt": PLAIN,
}
"""Media type by the short name that a file's own name ends with."""

_BEGINNINGS = {
    "pdf": re.compile(rb"%PDF-\d"),
    "jpeg": re.compile(rb"\xff\xd8\xff"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "mp3": re.compile(rb"ID3[\x02-\x04]|\xff[\xf2\xf3\xfa\xfb]"),
    "wav": re.compile(rb"RIFF....WAVE", re.DOTALL),
    "amr": re.compile(rb"#!AMR(-WB)?\n"),
    "mp4": re.compile(rb"....ftyp", re.DOTALL),
}
# Parts of a document in Office Open XML; their names stand uncompressed in the archive.
_PARTS = {"docx": b"word/document.xml", "xlsx": b"xl/workbook.xml", "pptx": b"ppt/presentation.xml"}
_ARCHIVE, _CONTENTS, _MACROS = b"PK\x03\x04", b"[Content_Types].xml", b"vbaProject.bin"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def type_of(media_type: str) -> str | None:
    """Return the short name of a media type that is taken; parameters do not count."""
    bare = media_type.partition(";")[0].strip().lower()
    return next((name for name, known in MEDIA_TYPES.items() if known == bare), None)


def is_of_type(content: bytes, name: str) -> bool:
    """Return whether the bytes are of the type; documents with macros are of none."""
    if name in _BEGINNINGS:
        return _BEGINNINGS[name].match(content) is not None
    if name in _PARTS:
        return (
            content.startswith(_ARCHIVE)
            and _CONTENTS in content
            and _PARTS[name] in content
            and _MACROS not in content
        )
    return _is_text(content)


def _is_text(content: bytes) -> bool:
    try:
        return _CONTROL.search(content.decode("utf-8")) is None
    except UnicodeDecodeError:
        return False
