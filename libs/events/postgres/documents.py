"""Procedure and calendar files as this store has worked by them: kept once, never changed."""

from __future__ import annotations

from libs.events.postgres.database import Cursor, Database
from libs.events.postgres.statements import statement

_KEEP = statement("document_keep")
_FIND = statement("document_find")


class DocumentChanged(Exception):
    """A version that complaints may be pinned to has another content now: name a new version."""

    def __init__(self, kind: str, id: str, version: str) -> None:  # noqa: A002 - the field's name
        super().__init__(f"{kind} '{id}' was kept as version '{version}' with another content")
        self.kind, self.id, self.version = kind, id, version


def keep_document(cursor: Cursor, kind: str, id: str, version: str, content: bytes) -> None:  # noqa: A002
    """Keep a version's bytes, as the owner; a repeat changes nothing. Raises `DocumentChanged`."""
    key = {"kind": kind, "id": id, "version": version}
    cursor.execute(_KEEP, {**key, "content": content})
    if _find(cursor, key) != content:
        raise DocumentChanged(kind, id, version)


def find_document(database: Database, kind: str, id: str, version: str) -> bytes | None:  # noqa: A002
    """The bytes of a version; None where the store never worked by it."""
    with database.transaction() as cursor:
        return _find(cursor, {"kind": kind, "id": id, "version": version})


def _find(cursor: Cursor, key: dict[str, str]) -> bytes | None:
    cursor.execute(_FIND, key)
    row = cursor.fetchone()
    return None if row is None else bytes(row[0])
