"""The bearer dependency: every route but the open ones names who asks."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from libs.access.identity import Subject, TokenReader, Unidentified
from libs.serving.problems import Problem

SCHEME = "bearer "


class Bearer:
    """Turns the Authorization header into a `Subject`; without one nobody gets further."""

    def __init__(self, tokens: TokenReader) -> None:
        self._tokens = tokens

    def __call__(self, request: Request) -> Subject:
        """Return who asks. Raises `Problem` (401), the same for every fault of a token."""
        return self.subject(request.headers)

    def subject(self, headers: Mapping[str, str]) -> Subject:
        """Return whom the headers (names in lower case) prove. Raises `Problem` (401)."""
        given = headers.get("authorization", "")
        if not given.lower().startswith(SCHEME):
            raise _unidentified("")
        try:
            return self._tokens.subject(given[len(SCHEME) :].strip())
        except Unidentified as fault:
            raise _unidentified(fault.reason) from None


def _unidentified(reason: str) -> Problem:
    # RFC 6750: a request without a token is told of the scheme only, a bad token is called bad.
    challenge = 'Bearer realm="redress"' + (', error="invalid_token"' if reason else "")
    members: dict[str, object] = {"reason": reason} if reason else {}
    return Problem("unidentified", members=members, headers={"WWW-Authenticate": challenge})
