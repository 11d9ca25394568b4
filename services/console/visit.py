"""Who looks at a page, in which language: read from the request's cookies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import jwt
import msgspec
from starlette.requests import Request
from starlette.responses import Response

from libs.complaints.wording import DEFAULT, Language

TOKEN_COOKIE, LANGUAGE_COOKIE = "redress_token", "redress_language"
_YEAR_SECONDS = 365 * 86400


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the token names. For display only: every service checks the token itself."""

    token: str
    staff: str
    role: str
    unit: str


def visitor_of(token: str) -> Visitor | None:
    """The visitor a token names; None for text that is no token."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        return Visitor(token=token, **{name: claims[name] for name in ("staff", "role", "unit")})
    except (jwt.PyJWTError, KeyError):
        return None


def language_of(request: Request, languages: Mapping[str, Language]) -> Language:
    """The language of the cookie, else the browser's first that we have, else the default."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in languages:
        return languages[chosen]
    for part in request.headers.get("accept-language", "").split(","):
        tag = part.split(";")[0].strip()
        if tag.startswith("zh"):
            break
        if tag.split("-")[0] in languages:
            return languages[tag.split("-")[0]]
    return languages[DEFAULT]


def keep(response: Response, name: str, value: str, *, secure: bool) -> None:
    """Set a cookie that no script reads and no other site sends.

    The token's cookie ends with the browser; the token's own expiry counts anyhow.
    """
    lasting = _YEAR_SECONDS if name == LANGUAGE_COOKIE else None
    response.set_cookie(
        name, value, max_age=lasting, httponly=True, samesite="strict", secure=secure
    )


def inside(path: str) -> str:
    """A way back within this site; anything else leads to the board."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if safe else "/"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A ready token of a simulation, offered on the sign-in page."""

    staff: str
    role: str
    unit: str
    token: str


def demo_accounts(path: Path) -> list[Account]:
    """The accounts of the file, read anew each time (a restarted demo issues new tokens)."""
    if not path.exists():
        return []
    return msgspec.convert(json.loads(path.read_text(encoding="utf-8")), list[Account])
