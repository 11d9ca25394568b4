"""Whoever acts in a told case, over HTTP: a token for each, and what the services answer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.access.identity import Subject, Unidentified, issue_token
from libs.complaints.commands import BrokenRule, Refusal
from libs.complaints.scenarios import SeenClock
from libs.procedures.catalogue import ACTIONS
from redress.live.errors import LiveError

REGISTER = "register"
_TOKEN_LIFETIME = timedelta(hours=12)
_LOOKER_ON = Subject(staff="rehearsal", role="auditor", unit="national")


class SeenEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a case as analytics shows it."""

    type: str


class SeenCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as analytics shows it."""

    status: str
    number: str | None
    clocks: tuple[SeenClock, ...]
    events: tuple[SeenEvent, ...]


class _NextRung(msgspec.Struct, frozen=True, kw_only=True):
    next_rung_at: datetime | None


class _Clocks(msgspec.Struct, frozen=True, kw_only=True):
    clocks: tuple[_NextRung, ...]


class _Problem(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    broken: tuple[BrokenRule, ...] = ()
    errors: tuple[dict[str, Any], ...] = ()


class Callers:
    """Speaks to the services of one running simulation; close it."""

    def __init__(self, addresses: Mapping[str, str], key: Ed25519PrivateKey) -> None:
        self._addresses, self._key = addresses, key
        self._tokens: dict[Subject, str] = {}
        self._client = httpx.Client(timeout=60.0, trust_env=False)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def take(
        self, subject: Subject, action: str, complaint: str | None, body: Mapping[str, Any]
    ) -> str | Refusal:
        """Take a step: the complaint's id, or the refusal with every rule named.

        Raises LiveError where the service says neither.
        """
        path = f"/complaints/{complaint}/{action.replace('_', '-')}"
        answer = self._client.post(
            self._addresses[ACTIONS[action].service]
            + ("/complaints" if action == REGISTER else path),
            headers={**self._headers(subject), "Idempotency-Key": str(uuid.uuid4())},
            content=msgspec.json.encode(body),
        )
        if answer.is_success:
            done: str = answer.json()["complaint"]
            return done
        if answer.is_server_error:
            raise LiveError(f"{action}: status {answer.status_code}")
        return _refusal(answer)

    def next_rung_at(self, complaint: str) -> datetime | None:
        """When the next warning or miss of the complaint falls, as the watchdog sees it."""
        answer = self._get("sla", f"/clocks/{complaint}")
        clocks = msgspec.json.decode(answer, type=_Clocks).clocks
        rungs = (clock.next_rung_at for clock in clocks)
        return min((at for at in rungs if at is not None), default=None)

    def case(self, complaint: str) -> SeenCase:
        """The case as everybody sees it now."""
        return msgspec.json.decode(self._get("analytics", f"/cases/{complaint}"), type=SeenCase)

    def _get(self, service: str, path: str) -> bytes:
        answer = self._client.get(
            self._addresses[service] + path, headers=self._headers(_LOOKER_ON)
        )
        if answer.is_error:
            raise LiveError(f"{service} answers {answer.status_code}")
        return answer.content

    def _headers(self, subject: Subject) -> dict[str, str]:
        token = self._tokens.get(subject)
        if token is None:
            try:
                token = issue_token(self._key, subject, _TOKEN_LIFETIME)
            except Unidentified as error:
                raise LiveError(f"{subject.staff}: no token can name it") from error
            self._tokens[subject] = token
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def _refusal(answer: httpx.Response) -> Refusal:
    problem = msgspec.json.decode(answer.content, type=_Problem)
    unfit = tuple(
        _broken(f"field-{str(error['field']).removeprefix('with.')}", str(error["reason"]))
        for error in problem.errors
    )
    broken = (*problem.broken, *unfit)
    return Refusal(broken=broken or (_broken(f"http-{answer.status_code}", problem.title),))


def _broken(rule: str, reason: str) -> BrokenRule:
    return BrokenRule(rule=rule, source=None, zh=reason, en=reason)
