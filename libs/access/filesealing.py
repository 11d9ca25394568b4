"""Sealed files: cut into chunks that only the holder of the case's key can read.

A file's address is SHA-256 over a 32-byte salt and the content. The salt is made from the case's
key and the content, so the same file sent twice has one address, and whoever is shown salt and
content can check the address without any key; when the key is destroyed, the address says nothing.
A chunk is a nonce and AES-256-GCM over its part; its additional data binds stream, address, place
and number of chunks, so none can be moved, swapped or left out.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator, Sequence

from cryptography.exceptions import InvalidTag

from libs.access.sealing import NONCE_BYTES, CaseKey, SealBroken

CHUNK_BYTES = 256 * 1024
SEAL_BYTES = NONCE_BYTES + 16
"""What sealing adds to a chunk."""


def file_salt(key: CaseKey, stream: str, content: bytes) -> bytes:
    """Return the salt of a file's address."""
    return hmac.digest(key.secret, stream.encode() + b"\nfile\n" + _hashed(content), "sha256")


def file_address(salt: bytes, content: bytes) -> str:
    """Return the address: 64 hex digits."""
    return _hashed(salt + content).hex()


def seal_file(key: CaseKey, stream: str, address: str, content: bytes) -> Iterator[bytes]:
    """Yield the sealed chunks in order. Sealing twice gives different bytes."""
    count = chunk_count(len(content))
    for place in range(count):
        part = content[place * CHUNK_BYTES : (place + 1) * CHUNK_BYTES]
        nonce = os.urandom(NONCE_BYTES)
        yield nonce + key.cipher.encrypt(nonce, part, _place(stream, address, place, count))


def open_file(key: CaseKey, stream: str, address: str, chunks: Sequence[bytes]) -> bytes:
    """Return the content. Raises `SealBroken` for any chunk that is altered, moved or missing."""
    try:
        content = b"".join(
            key.cipher.decrypt(
                chunk[:NONCE_BYTES],
                chunk[NONCE_BYTES:],
                _place(stream, address, place, len(chunks)),
            )
            for place, chunk in enumerate(chunks)
        )
    except (InvalidTag, ValueError):
        raise SealBroken(stream, 0, f"file.{address}") from None
    if file_address(file_salt(key, stream, content), content) != address:
        raise SealBroken(stream, 0, f"file.{address}")
    return content


def chunk_count(size: int) -> int:
    """Return how many chunks a file of this many bytes has."""
    return -(-size // CHUNK_BYTES)


def _place(stream: str, address: str, place: int, count: int) -> bytes:
    return f"{stream}\n{address}\n{place}/{count}\n".encode()


def _hashed(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
