"""Procedure and calendar files as this store works by them: kept once, and which are in force."""

from __future__ import annotations

from typing import Literal

import msgspec

from libs.events.postgres.database import Cursor, Database
from libs.events.postgres.statements import statement

_KEEP = statement("document_keep")
_FIND = statement("document_find")
_LINE = statement("document_line")
_PUBLISH = statement("document_publish")
_GENERATION = statement("document_generation")
_IN_FORCE = statement("document_in_force")
_HASHES = statement("document_hashes")


class DocumentChanged(Exception):
    """A version that complaints may be pinned to has another content now: name a new version."""

    def __init__(self, kind: str, id: str, version: str) -> None:  # noqa: A002 - the field's name
        super().__init__(f"{kind} '{id}' was kept as version '{version}' with another content")
        self.kind, self.id, self.version = kind, id, version


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a procedure or calendar, byte for byte.

    `by_meaning`: the version is made from what the document means, so that other bytes of the same
    version (a comment) say the same; those kept first stay.
    """

    kind: str
    id: str
    version: str
    content: bytes
    by_meaning: bool = False

    @property
    def key(self) -> dict[str, str]:
        """What it is found by."""
        return {"kind": self.kind, "id": self.id, "version": self.version}


class Documents:
    """What a store has kept and published; any service may read it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def content(self, kind: str, id: str, version: str) -> bytes | None:  # noqa: A002
        """The bytes of a version; None where the store never worked by it."""
        with self._database.transaction() as cursor:
            return _find(cursor, {"kind": kind, "id": id, "version": version})

    def generation(self) -> int:
        """A number that grows with every publication and never falls."""
        with self._database.transaction() as cursor:
            cursor.execute(_GENERATION)
            row = cursor.fetchone()
        assert row is not None
        return int(row[0])

    def hashes(self, kind: str, id: str) -> dict[str, str]:  # noqa: A002 - the field's name
        """The SHA-256 of every version kept of a document, oldest first."""
        with self._database.transaction() as cursor:
            cursor.execute(_HASHES, {"kind": kind, "id": id})
            return dict(cursor.fetchall())

    def in_force(self) -> list[tuple[str, str, str]]:
        """Kind, id and version of what was published last under each id, the newest at the end."""
        with self._database.transaction() as cursor:
            cursor.execute(_IN_FORCE)
            return [(kind, id_, version) for kind, id_, version in cursor]


def publish_document(
    cursor: Cursor, document: Document, source: Literal["folder", "command"]
) -> bool:
    """Keep a version and put it in force, as the owner; false when it was in force already.

    What comes from the `folder` is put in force only if the folder held another version before.
    Services take it up by themselves once the caller commits. Raises `DocumentChanged`.
    """
    # One publisher at a time: which version is the last one is then the same for everybody.
    cursor.execute(_LINE)
    cursor.execute(_KEEP, {**document.key, "content": document.content})
    if not document.by_meaning and _find(cursor, document.key) != document.content:
        raise DocumentChanged(document.kind, document.id, document.version)
    cursor.execute(_PUBLISH, {**document.key, "source": source})
    return cursor.rowcount == 1


def _find(cursor: Cursor, key: dict[str, str]) -> bytes | None:
    cursor.execute(_FIND, key)
    row = cursor.fetchone()
    return None if row is None else bytes(row[0])
