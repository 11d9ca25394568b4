"""A sealed file opens whole or not at all, and its address tells nothing without the key."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.access.filesealing import (
    CHUNK_BYTES,
    chunk_count,
    file_address,
    file_salt,
    open_file,
    seal_file,
)
from libs.access.sealing import SealBroken, new_case_key

STREAM, OTHER = "complaint/s1-1", "complaint/s1-2"
KEY = new_case_key()
LONG = bytes(range(256)) * (CHUNK_BYTES * 2 // 256) + b"the rest"


def sealed(content: bytes) -> tuple[str, list[bytes]]:
    address = file_address(file_salt(KEY, STREAM, content), content)
    return address, list(seal_file(KEY, STREAM, address, content))


@pytest.mark.parametrize("size", [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, len(LONG)])
def test_what_is_sealed_opens_again(size: int) -> None:
    address, chunks = sealed(LONG[:size])
    assert len(chunks) == chunk_count(size)
    assert open_file(KEY, STREAM, address, chunks) == LONG[:size]


@given(st.binary(min_size=1, max_size=200))
def test_one_file_has_one_address_which_is_no_plain_hash(content: bytes) -> None:
    address, chunks = sealed(content)
    assert (address, chunks) != (again := sealed(content))
    assert again[0] == address != hashlib.sha256(content).hexdigest()
    assert content not in b"".join(chunks) or len(content) < 4


def test_the_address_is_checked_with_salt_and_content_alone() -> None:
    address, _ = sealed(LONG)
    assert hashlib.sha256(file_salt(KEY, STREAM, LONG) + LONG).hexdigest() == address


def test_another_key_or_place_has_another_address() -> None:
    addresses = {
        file_address(file_salt(key, stream, LONG), LONG)
        for key, stream in ((KEY, STREAM), (KEY, OTHER), (new_case_key(), STREAM))
    }
    assert len(addresses) == 3


@pytest.mark.parametrize(
    "spoil",
    [
        lambda chunks: chunks[:-1],
        lambda chunks: chunks[::-1],
        lambda chunks: [*chunks, chunks[0]],
        lambda chunks: [chunks[0][:-1] + b"x", *chunks[1:]],
        lambda chunks: [b"", *chunks[1:]],
    ],
)
def test_what_is_altered_moved_or_missing_does_not_open(spoil) -> None:
    address, chunks = sealed(LONG)
    with pytest.raises(SealBroken):
        open_file(KEY, STREAM, address, spoil(chunks))


def test_neither_another_key_nor_another_case_opens_it() -> None:
    address, chunks = sealed(LONG)
    for key, stream in ((new_case_key(), STREAM), (KEY, OTHER)):
        with pytest.raises(SealBroken):
            open_file(key, stream, address, chunks)
