"""The smallest bytes that are of each type, and some that only look so."""

from __future__ import annotations

import io
import zipfile

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def office(*names: str) -> bytes:
    """An Office Open XML archive with these parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(name, "<x/>")
    return content.getvalue()


OFFICE = "application/vnd.openxmlformats-officedocument"
GENUINE = {
    "application/pdf": PDF,
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(64),
    "image/png": PNG,
    "audio/mpeg": b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(64),
    "audio/wav": b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(64),
    "audio/amr": b"#!AMR\n" + bytes(64),
    "video/mp4": b"\x00\x00\x00\x18ftypisom" + bytes(64),
    f"{OFFICE}.wordprocessingml.document": office("word/document.xml"),
    f"{OFFICE}.spreadsheetml.sheet": office("xl/workbook.xml"),
    f"{OFFICE}.presentationml.presentation": office("ppt/presentation.xml"),
    "text/plain": "第一行\n第二行\t完".encode(),
}

FALSE = {
    "a picture called a document": ("application/pdf", PNG),
    "a page called a picture": ("image/png", b"<html><script>alert(1)</script></html>"),
    "a program called a picture": ("image/jpeg", b"MZ\x90\x00" + bytes(64)),
    "an archive called a document": (f"{OFFICE}.wordprocessingml.document", office("a.txt")),
    "a sheet called a document": (
        f"{OFFICE}.wordprocessingml.document",
        office("xl/workbook.xml"),
    ),
    "a document with macros": (
        f"{OFFICE}.wordprocessingml.document",
        office("word/document.xml", "word/vbaProject.bin"),
    ),
    "a recording cut before its kind": ("audio/wav", b"RIFF\x24\x00\x00\x00"),
    "bytes called text": ("text/plain", b"\xff\xfe\x00"),
    "text with control characters": ("text/plain", b"a\x00b"),
    "nothing at all": ("text/plain", b""),
}
