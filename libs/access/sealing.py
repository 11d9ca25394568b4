"""Sealed fields: free text that only the holder of a case's key can read, and all can check.

A sealed field is `{key, nonce, ciphertext, commitment}`, each base64 but `key`, the case key's id.
The ciphertext is AES-256-GCM over a 32-byte salt followed by the text; its additional data binds
stream, version, path and key id, so a field moved elsewhere does not open. AES-GCM does not commit
to its key, therefore evidence rests on the commitment: HMAC-SHA256 with the salt over stream,
version, path and text, which whoever is shown salt and text can check without any key.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from functools import cached_property

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SALT_BYTES = 32
NONCE_BYTES = 12
KEY_BYTES = 32


class SealBroken(Exception):
    """A sealed field does not open, or its text is not the one committed to."""

    def __init__(self, stream: str, version: int, path: str) -> None:
        super().__init__(f"{stream} version {version}: the seal of {path} is broken")
        self.stream, self.version, self.path = stream, version, path


class SealedField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sealed field as it stands in an event's body."""

    key: str
    nonce: str
    ciphertext: str
    commitment: str


class CaseKey(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The key of one case's text: its id (public) and its 32 bytes (secret, never logged)."""

    id: str
    secret: bytes

    @cached_property
    def cipher(self) -> AESGCM:
        """The cipher that is keyed by it."""
        return AESGCM(self.secret)

    def __repr__(self) -> str:
        return f"CaseKey({self.id})"


def new_case_key() -> CaseKey:
    """Return a fresh random key."""
    fresh = os.urandom(KEY_BYTES + 8)
    return CaseKey(id=fresh[KEY_BYTES:].hex(), secret=fresh[:KEY_BYTES])


def seal(key: CaseKey, stream: str, version: int, path: str, text: str) -> SealedField:
    """Seal `text` for its one place. Sealing twice gives different bytes."""
    fresh = os.urandom(SALT_BYTES + NONCE_BYTES)
    salt, nonce = fresh[:SALT_BYTES], fresh[SALT_BYTES:]
    plain = text.encode()
    place = _place(stream, version, path)
    sealed = key.cipher.encrypt(nonce, salt + plain, place + key.id.encode())
    return SealedField(
        key=key.id,
        nonce=_written(nonce),
        ciphertext=_written(sealed),
        commitment=_written(_commitment(salt, place, plain)),
    )


def unseal(key: CaseKey, stream: str, version: int, path: str, field: SealedField) -> str:
    """Return the text. Raises `SealBroken` for a wrong key, a moved field or altered bytes."""
    place = _place(stream, version, path)
    try:
        nonce = base64.b64decode(field.nonce, validate=True)
        sealed = base64.b64decode(field.ciphertext, validate=True)
        committed = base64.b64decode(field.commitment, validate=True)
        opened = key.cipher.decrypt(nonce, sealed, place + field.key.encode())
    except (InvalidTag, ValueError, binascii.Error):
        raise SealBroken(stream, version, path) from None
    salt, plain = opened[:SALT_BYTES], opened[SALT_BYTES:]
    genuine = hmac.compare_digest(_commitment(salt, place, plain), committed)
    if field.key != key.id or not genuine:
        raise SealBroken(stream, version, path)
    return plain.decode()


def _written(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).decode("ascii")


def _place(stream: str, version: int, path: str) -> bytes:
    # Newlines separate: neither a stream nor a path can hold one, so no two places look alike.
    return f"{stream}\n{version}\n{path}\n".encode()


def _commitment(salt: bytes, place: bytes, plain: bytes) -> bytes:
    return hmac.digest(salt, place + plain, "sha256")
