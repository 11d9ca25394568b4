"""The request headers that commands carry."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.types import Scope

from libs.serving.problems import FieldFault, Problem

UUID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE
)
ENTITY_TAG = re.compile(r'"?([1-9][0-9]{0,8})"?', re.ASCII)


def headers_of(scope: Scope) -> dict[str, str]:
    """Return the request's headers by their names in lower case, read once; the last one counts."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def idempotency_key(headers: Mapping[str, str]) -> str:
    """Return the command id that the client chose, in lower case. Raises `Problem` (400)."""
    given = headers.get("idempotency-key")
    if given is None:
        raise _fault("Idempotency-Key", "missing")
    bare = given.strip('"')
    if not UUID.fullmatch(bare):
        raise _fault("Idempotency-Key", "not-uuid")
    return bare.lower()


def version_seen(headers: Mapping[str, str]) -> int | None:
    """Return the complaint's version named by If-Match, if any. Raises `Problem` (400)."""
    given = headers.get("if-match")
    if given is None:
        return None
    tag = ENTITY_TAG.fullmatch(given.strip())
    if tag is None:
        raise _fault("If-Match", "not-version")
    return int(tag[1])


def _fault(name: str, code: str) -> Problem:
    return Problem("bad-header", errors=[FieldFault(field=name, code=code)])
