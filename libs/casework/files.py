"""Files of a case: kept sealed beside its stream, named by its events, gone with its key.

A file's name is `<address>.<size>.<type>`; an event that carries a file carries its name, so the
stream says hash, size and type of everything that was ever put to the case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from libs.access.filesealing import chunk_count, file_address, file_salt, open_file, seal_file
from libs.access.sealing import CaseKey
from libs.casework.filetypes import MEDIA_TYPES
from libs.casework.shaping import BadFields, Fault
from libs.events.postgres.database import Database
from libs.procedures.facts import Value
from libs.procedures.fieldtypes import FieldType

_SQL = Path(__file__).parent / "sql"
_KEEP = (_SQL / "keep_chunk.sql").read_text(encoding="utf-8")
_READ = (_SQL / "read_chunks.sql").read_text(encoding="utf-8")
_KNOWN = (_SQL / "known_files.sql").read_text(encoding="utf-8")


class FileName(msgspec.Struct, frozen=True, kw_only=True):
    """What a file's name says: address (64 hex digits), size in bytes, short name of its type."""

    address: str
    size: int
    kind: str

    @classmethod
    def read(cls, text: str) -> FileName:
        """Return the name's parts; the text has a name's form (field kind `file`)."""
        address, size, kind = text.split(".")
        return cls(address=address, size=int(size), kind=kind)

    def __str__(self) -> str:
        return f"{self.address}.{self.size}.{self.kind}"

    @property
    def media_type(self) -> str:
        """Its media type; that of bytes unknown for a type that is not taken any more."""
        return MEDIA_TYPES.get(self.kind, "application/octet-stream")


class Files:
    """The files of one store's cases. Blocks but for `check`: call it from a thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, stream: str, key: CaseKey, content: bytes, kind: str) -> FileName:
        """Keep a file of a case, all or nothing, and return its name.

        A repeat changes nothing. Raises `StoreUnavailable`.
        """
        address = file_address(file_salt(key, stream, content), content)
        with self._database.transaction() as cursor:
            for place, chunk in enumerate(seal_file(key, stream, address, content)):
                values = {"stream": stream, "file": address, "place": place, "sealed": chunk}
                cursor.execute(_KEEP, values)
        return FileName(address=address, size=len(content), kind=kind)

    def read(self, stream: str, key: CaseKey, name: FileName) -> bytes | None:
        """Return a file's content, or None where it is not kept. Raises `SealBroken`."""
        with self._database.transaction() as cursor:
            cursor.execute(_READ, {"stream": stream, "file": name.address})
            chunks = [bytes(row[0]) for row in cursor.fetchall()]
        return open_file(key, stream, name.address, chunks) if chunks else None

    async def check(
        self, stream: str, data: Mapping[str, Value], fields: Mapping[str, FieldType]
    ) -> None:
        """Raises `BadFields` where a step's data name a file that this case does not have."""
        named = {
            field: tuple(map(str, value))
            for field, value in data.items()
            if field in fields and fields[field].kind == "file" and isinstance(value, tuple)
        }
        if not any(named.values()):
            return
        names = [name for given in named.values() for name in given]
        absent = await asyncio.to_thread(self.absent, stream, names)
        faults = [
            Fault(field=f"with.{field}", code="no-such-file")
            for field, given in named.items()
            if absent.intersection(given)
        ]
        if faults:
            raise BadFields(faults)

    def absent(self, stream: str, names: Iterable[str]) -> frozenset[str]:
        """Return those names that no kept file of this case has."""
        wanted = {name: FileName.read(name) for name in names}
        with self._database.transaction() as cursor:
            addresses = [name.address for name in wanted.values()]
            cursor.execute(_KNOWN, {"stream": stream, "files": addresses})
            kept = {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
        return frozenset(
            text
            for text, name in wanted.items()
            if kept.get(name.address) != (chunk_count(name.size), name.size)
            or name.kind not in MEDIA_TYPES
        )
