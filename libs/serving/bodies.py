"""Reading a JSON body strictly: what a lenient parser would guess at is refused with a reason."""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple, NoReturn

from starlette.requests import ClientDisconnect, Request

from libs.serving.problems import FieldFault, Problem

MOST_LEVELS = 32
MOST_DIGITS = 16
LARGEST = 2**53 - 1
SHOWN_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


class Limits(NamedTuple):
    """How large a body may be, how long it may take to arrive, and the problem of a larger one."""

    most_bytes: int
    seconds: float
    problem: str


JSON_LIMITS = Limits(most_bytes=1024 * 1024, seconds=30, problem="too-large")


class _Fault(Exception):
    """A fault found while parsing, raised through the standard library's scanner."""

    def __init__(self, code: str, field: str = "", **limits: int) -> None:
        super().__init__(code)
        self.fault = FieldFault(field=field, code=code, limits=dict(limits))


async def read_object(
    request: Request, headers: Mapping[str, str] | None = None
) -> dict[str, Json]:
    """Return the request's JSON object; `headers` are its own where they were read already.

    Raises `Problem`: 415 for another media type, 413 beyond 1 MiB, 408 when it takes longer than
    30 s to arrive, 400 for what is not one well-formed object.
    """
    headers = request.headers if headers is None else headers
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem("not-json")
    return parse_object(await read_bytes(request, JSON_LIMITS, headers))


async def read_bytes(
    request: Request, limits: Limits, headers: Mapping[str, str] | None = None
) -> bytes:
    """Return the request's body. Raises `Problem`: 413 beyond its limit, 408 when it is too slow,
    400 when the client leaves before its end.
    """
    length = (request.headers if headers is None else headers).get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:18]) > limits.most_bytes:
        raise Problem(limits.problem, headers={"Connection": "close"})
    try:
        async with asyncio.timeout(limits.seconds):
            return await _received(request, limits)
    except TimeoutError:
        raise Problem("too-slow", headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise Problem("bad-body") from None


async def _received(request: Request, limits: Limits) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        # A chunked body names no length: it is counted as it comes.
        if size > limits.most_bytes:
            raise Problem(limits.problem, headers={"Connection": "close"})
        chunks.append(chunk)
    return b"".join(chunks)


def parse_object(content: bytes) -> dict[str, Json]:
    """Return the JSON object in `content`, its strings in NFC.

    Refuses invalid UTF-8, a byte order mark, duplicate names, NaN, Infinity, fractions, integers
    of 2^53 and more, lone surrogates, control characters and more than 32 levels: `Problem` 400.
    """
    try:
        text = content.decode("utf-8")
        # The standard library's scanner, for it alone reports names given twice.
        return _clean_object(_DECODER.decode(text), "", 1)
    except UnicodeDecodeError:
        fault = FieldFault(field="", code="not-utf8")
    except RecursionError:
        fault = FieldFault(field="", code="too-deep", limits={"most": MOST_LEVELS})
    except _Fault as found:
        fault = found.fault
    except ValueError:
        fault = FieldFault(field="", code="syntax")
    raise Problem("bad-body", errors=[fault])


def shown(name: str) -> str:
    """Return a field's name fit to be sent back, or `?` where it is not a plain name."""
    return name if SHOWN_NAME.fullmatch(name) else "?"


def _clean(value: object, path: str, level: int) -> Json:
    if isinstance(value, str):
        return _clean_text(value, path)
    if isinstance(value, dict):
        return _clean_object(value, path, level + 1)
    if isinstance(value, list):
        _check_level(path, level + 1)
        return [_clean(item, path, level + 1) for item in value]
    assert value is None or isinstance(value, (bool, int))  # the scanner's hooks refuse the rest
    return value


def _clean_object(pairs: object, path: str, level: int) -> dict[str, Json]:
    if not isinstance(pairs, dict):
        raise _Fault("not-object", path)
    _check_level(path, level)
    prefix = path + "." if path else ""
    return {
        _clean_text(name, "?"): _clean(value, prefix + shown(name), level)
        for name, value in pairs.items()
    }


def _check_level(path: str, level: int) -> None:
    if level > MOST_LEVELS:
        raise _Fault("too-deep", path.partition(".")[0], most=MOST_LEVELS)


def _clean_text(text: str, path: str) -> str:
    if text.isascii():
        if text.isprintable():
            return text
        clean = text
    else:
        if not text.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise _Fault("lone-surrogate", path)
        clean = unicodedata.normalize("NFC", text)
    if CONTROL.search(clean):
        raise _Fault("control-character", path)
    return clean


def _unique_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Fault("duplicate", shown(twice))
    return members


def _whole(digits: str) -> int:
    # Looked at before conversion: that of 10^5 digits would take long.
    if len(digits.lstrip("-")) > MOST_DIGITS or abs(number := int(digits)) > LARGEST:
        raise _Fault("too-big-number")
    if digits == "-0":
        raise _Fault("syntax")
    return number


def _fraction(_digits: str) -> NoReturn:
    raise _Fault("fraction")


def _not_finite(_name: str) -> NoReturn:
    raise _Fault("not-finite")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_names,
    parse_int=_whole,
    parse_float=_fraction,
    parse_constant=_not_finite,
)
