"""How the console asks the services: over HTTP, with the visitor's own token.

The console has no database and no rules; what a visitor may see is decided by the service asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

Answer = dict[str, Any]  # a service's JSON object, shown and never judged


class NotSignedIn(Exception):
    """The service did not accept the token: sign in (again)."""


class Absent(Exception):
    """There is no such thing, or the visitor may not see it: both look alike."""


class InvalidQuery(Exception):
    """The service found the query wrong (a cursor or filter from elsewhere)."""


class Unavailable(Exception):
    """The service did not answer, or answered with a fault of its own."""


_MEANING: dict[int, type[Exception]] = {
    401: NotSignedIn,
    403: Absent,
    404: Absent,
    410: Absent,
    400: InvalidQuery,
    422: InvalidQuery,
}


class Gateway:
    """A client of one service; `base_url` is its address. Asks once, never retries a page."""

    def __init__(self, base_url: str, *, seconds: float = 10.0) -> None:
        self._http = httpx.AsyncClient(base_url=base_url, timeout=seconds)

    async def close(self) -> None:
        """Close the connections; nothing may be asked afterwards."""
        await self._http.aclose()

    async def get(self, path: str, token: str, query: Mapping[str, str] | None = None) -> Answer:
        """The JSON answer; raises this module's errors."""
        answer: Answer = (await self.fetch(path, token, query)).json()
        return answer

    async def fetch(
        self, path: str, token: str, query: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """The whole answer (for files); raises this module's errors."""
        try:
            answer = await self._http.get(
                path, params=query, headers={"authorization": f"Bearer {token}"}
            )
        except httpx.HTTPError as error:
            raise Unavailable(path) from error
        if answer.status_code in _MEANING:
            raise _MEANING[answer.status_code](path)
        if answer.is_error:
            raise Unavailable(path)
        return answer

    async def ready(self) -> bool:
        """Whether the service says that it can do its work."""
        try:
            return (await self._http.get("/readyz")).is_success
        except httpx.HTTPError:
            return False
