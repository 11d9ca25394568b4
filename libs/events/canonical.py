"""One value, one byte string: JSON in JCS order under the project's profile.

The profile of RFC 8785 used here: objects with ASCII keys in order, arrays, strings in NFC without
lone surrogates, whole numbers below 2^53 in size, true, false, null. No floating point: two
programs must never disagree about a byte. Inside this profile orjson's sorted output *is* JCS.
"""

from __future__ import annotations

import json
import unicodedata
from hashlib import sha256
from typing import Any, Never

import orjson

from libs.events.errors import NotCanonical

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
_LARGEST = 2**53 - 1


def encode(value: object) -> bytes:
    """The canonical bytes of a value; raises NotCanonical, naming the path, if it has none."""
    _check(value, "$", 0)
    try:
        raw = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:  # a lone surrogate
        raise NotCanonical("$", str(error)) from error
    if len(raw) > MAX_BYTES:
        raise NotCanonical("$", f"{len(raw)} bytes, more than {MAX_BYTES}")
    return raw


def decode(raw: bytes) -> dict[str, Any]:
    """The object these canonical bytes stand for.

    Raises NotCanonical for duplicate keys, floats, NaN, anything but an object, more than 64 KiB,
    and for bytes that are valid JSON but not in canonical form.
    """
    if len(raw) > MAX_BYTES:
        raise NotCanonical("$", f"{len(raw)} bytes, more than {MAX_BYTES}")
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except (ValueError, RecursionError) as error:
        raise NotCanonical("$", str(error)) from error
    if not isinstance(value, dict):
        raise NotCanonical("$", "not an object")
    if encode(value) != raw:
        raise NotCanonical("$", "not in canonical form")
    return value


def body_hash(body: bytes) -> str:
    """The hex SHA-256 that the header carries of its body."""
    return sha256(body).hexdigest()


def leaf_hash(header: bytes) -> bytes:
    """The hash of an event: SHA-256(0x00 + header), a leaf of RFC 6962."""
    return sha256(b"\x00" + header).digest()


def _check(value: object, path: str, depth: int) -> None:
    kind = type(value)
    if kind is str:
        _check_text(value, path)  # type: ignore[arg-type]
    elif kind is int:
        if not -_LARGEST <= value <= _LARGEST:  # type: ignore[operator]
            raise NotCanonical(path, "whole number beyond 2^53")
    elif kind is dict or kind is list or kind is tuple:
        if depth >= MAX_DEPTH:
            raise NotCanonical(path, f"nested deeper than {MAX_DEPTH}")
        if kind is dict:
            _check_object(value, path, depth)  # type: ignore[arg-type]
        else:
            for place, item in enumerate(value):  # type: ignore[arg-type,var-annotated]
                _check(item, f"{path}[{place}]", depth + 1)
    elif value is not None and kind is not bool:
        raise NotCanonical(path, f"{kind.__name__} has no canonical form")


def _check_object(value: dict[object, object], path: str, depth: int) -> None:
    for key, item in value.items():
        if type(key) is not str or not key.isascii():
            raise NotCanonical(path, f"key {key!r} is not ASCII text")
        _check(item, f"{path}.{key}", depth + 1)


def _check_text(value: str, path: str) -> None:
    if not value.isascii() and not unicodedata.is_normalized("NFC", value):
        raise NotCanonical(path, "text is not in Unicode form NFC")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("an object names a key twice")
    return value


def _refuse_number(text: str) -> Never:
    raise ValueError(f"{text} is not a whole number")
