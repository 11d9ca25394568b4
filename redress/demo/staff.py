"""The demo's staff at their desks: an HTTP client, a token per role and unit, a journal."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.access.identity import Subject, issue_token
from libs.complaints.actions import ACTIONS
from redress.verification.journals import Journal

_TOKEN_LIFETIME = timedelta(days=7)
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
_GIVE_UP_AFTER_S = 600.0


class StepRefused(Exception):
    """A service refused a step that the story holds for right."""

    def __init__(self, action: str, status: int, reason: str) -> None:
        super().__init__(f"{action}: {status} {reason}")
        self.action, self.status = action, status


@dataclass
class Tally:
    """What the staff have done so far."""

    registered: int = 0
    steps: int = 0
    repeated: int = 0
    refused: list[str] = field(default_factory=list)


class Staff:
    """Takes steps over HTTP and writes down every acknowledgement before going on.

    A step whose answer got lost is sent again under the same command id until it is answered.
    """

    def __init__(
        self, addresses: Mapping[str, str], key: Ed25519PrivateKey, journal: Journal
    ) -> None:
        self._addresses, self._key, self._journal = addresses, key, journal
        self._tokens: dict[tuple[str, str], str] = {}
        self._client = httpx.AsyncClient(timeout=30.0, limits=httpx.Limits(max_connections=64))
        self.tally = Tally()

    async def close(self) -> None:
        """Leaves the desks: no request is under way afterwards."""
        await self._client.aclose()
        self._journal.close()

    async def take(
        self, action: str, *, role: str, unit: str, complaint: str | None, body: dict[str, Any]
    ) -> dict[str, Any]:
        """The acknowledgement of one step. Raises `StepRefused`."""
        path = f"/complaints/{complaint}/{action.replace('_', '-')}" if complaint else "/complaints"
        command = str(uuid.uuid4())
        response = await self._send(
            self._addresses[ACTIONS[action].service] + path,
            headers={
                "Authorization": f"Bearer {self._token(role, unit)}",
                "Idempotency-Key": command,
            },
            body=body,
        )
        if response.is_error:
            raise StepRefused(action, response.status_code, _reason(response))
        done: dict[str, Any] = response.json()
        events = [event["type"] for event in done["events"]]
        self._journal.write(
            {
                "command": command,
                "complaint": done["complaint"],
                "version": done["version"],
                "events": events,
                "number": done.get("number") if action == "register" else None,
            }
        )
        self.tally.steps += 1
        self.tally.registered += action == "register"
        return done

    async def _send(
        self, url: str, *, headers: dict[str, str], body: dict[str, Any]
    ) -> httpx.Response:
        # A lost answer says nothing about the outcome: the same command id makes the repeat safe.
        waited, pause = 0.0, _FIRST_PAUSE_S
        while True:
            try:
                response = await self._client.post(url, headers=headers, json=body)
            except httpx.TransportError:
                if waited > _GIVE_UP_AFTER_S:
                    raise
            else:
                if response.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    return response
                if waited > _GIVE_UP_AFTER_S:
                    return response
            self.tally.repeated += 1
            await asyncio.sleep(pause)
            waited, pause = waited + pause, min(pause * 2, _LONGEST_PAUSE_S)

    def _token(self, role: str, unit: str) -> str:
        token = self._tokens.get((role, unit))
        if token is None:
            staff = f"{unit.replace('/', '.')}.{role}"
            subject = Subject(staff=staff, role=role, unit=unit)
            token = self._tokens[role, unit] = issue_token(self._key, subject, _TOKEN_LIFETIME)
        return token


def _reason(response: httpx.Response) -> str:
    try:
        problem = response.json()
    except ValueError:
        return response.reason_phrase
    broken = ", ".join(f"{rule['rule']} ({rule['en']})" for rule in problem.get("broken", ()))
    errors = ", ".join(f"{e['field']}: {e['reason']}" for e in problem.get("errors", ()))
    return broken or errors or str(problem.get("title"))
