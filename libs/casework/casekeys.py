"""The keys that seal cases: made at registration, fetched once afterwards."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from pathlib import Path

from libs.access.keyring import KeyRing
from libs.access.policy import province_of
from libs.access.sealing import CaseKey, new_case_key
from libs.events.postgres.database import Database

READ = (Path(__file__).parent / "sql" / "wrapped_key.sql").read_text(encoding="utf-8")
MOST_REMEMBERED = 4096


class KeyGone(LookupError):
    """The case's key was destroyed: its text can never be read again, by anybody."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"{stream} has no key any more")
        self.stream = stream


class CaseKeys:
    """Case keys of one store, wrapped by the provincial key files of this installation."""

    def __init__(self, database: Database, ring: KeyRing) -> None:
        self._database, self._ring = database, ring
        self._known: OrderedDict[str, CaseKey] = OrderedDict()

    def new(self, unit: str) -> tuple[CaseKey, bytes]:
        """Return a fresh key and itself wrapped for the province of `unit`, to be stored."""
        key = new_case_key()
        return key, self._ring.wrap(key, province_of(unit))

    async def of(self, stream: str) -> CaseKey:
        """Return the key of a stored case. Raises `KeyGone`, `KeyUnusable`."""
        known = self._known.get(stream)
        if known is None:
            known = await asyncio.to_thread(self.of_now, stream)
            self._known[stream] = known
            if len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
        return known

    def forget_all(self) -> None:
        """Drop the memory (the store was emptied and began anew)."""
        self._known.clear()

    def of_now(self, stream: str) -> CaseKey:
        """Return the key of a stored case, read now and not remembered. Raises as `of`."""
        with self._database.transaction() as cursor:
            cursor.execute(READ, {"stream": stream})
            row = cursor.fetchone()
        if row is None:
            raise KeyGone(stream)
        return self._ring.unwrap(bytes(row[0]))
