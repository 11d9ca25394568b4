"""Case keys under provincial keys: wrapped with AES-KW, the wrapping keys in owner-only files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from libs.access.keyfiles import read_or_make
from libs.access.sealing import KEY_BYTES, CaseKey

FOLDER = "provinces"


class KeyUnusable(Exception):
    """A wrapped case key does not open: its provincial key file is absent, other or damaged."""

    def __init__(self, province: str) -> None:
        super().__init__(f"the case key does not open with the key file of {province}")
        self.province = province


class KeyRing:
    """The provincial key files of one installation, in `folder`.

    A province's file is made at its first case (`on_made` is told, so that somebody makes a copy:
    without the file no text of the province can be read again). A wrapped key reads
    `province:key id:` followed by 40 bytes of AES-KW.
    """

    def __init__(self, folder: Path, on_made: Callable[[Path], None]) -> None:
        self._folder = folder / FOLDER
        self._on_made = on_made
        self._wrapping: dict[str, bytes] = {}

    def wrap(self, key: CaseKey, province: str) -> bytes:
        """Return the key wrapped for `province`. Raises `KeyFileExposed`."""
        wrapped = aes_key_wrap(self._wrapping_key(province), key.secret)
        return f"{province}:{key.id}:".encode() + wrapped

    def unwrap(self, wrapped: bytes) -> CaseKey:
        """Return the case key. Raises `KeyUnusable`, `KeyFileExposed`."""
        province, key_id, secret = wrapped.split(b":", 2)
        name = province.decode()
        # A missing file is not made anew here: another key would never open what the old one shut.
        if name not in self._wrapping and not self._path(name).exists():
            raise KeyUnusable(name)
        try:
            opened = aes_key_unwrap(self._wrapping_key(name), secret)
        except InvalidUnwrap:
            raise KeyUnusable(name) from None
        return CaseKey(id=key_id.decode(), secret=opened)

    def _wrapping_key(self, province: str) -> bytes:
        known = self._wrapping.get(province)
        if known is None:
            known = read_or_make(self._path(province), _new_wrapping_key, self._on_made)
            if len(known) != KEY_BYTES:
                raise KeyUnusable(province)
            self._wrapping[province] = known
        return known

    def _path(self, province: str) -> Path:
        return self._folder / f"{province}.key"


def _new_wrapping_key() -> bytes:
    return os.urandom(KEY_BYTES)
