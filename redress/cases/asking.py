"""Asking the running services, as the owner of this installation."""

from __future__ import annotations

import os
import uuid
from datetime import timedelta
from urllib.parse import quote

import httpx

from libs.access.identity import KEY_FILE, Subject, issue_token, signing_key
from redress.failures import CommandError
from redress.home import Home
from redress.local.state import RunningState

_SECONDS = 30.0
_LIFETIME = timedelta(minutes=5)
# Whoever can read the key file can be anybody; this is the one who sees every case.
_OWNER = Subject(staff="installation-owner", role="centre", unit="national")


def ask(path: str, *, service: str = "analytics", **query: str) -> httpx.Response:
    """A service's answer. Raises CommandError where there is none, or no such thing.

    The address is that of the running processes, or REDRESS_<SERVICE>_URL; the token is
    REDRESS_TOKEN, or one made with the key file of this installation.
    """
    return _answer("GET", path, service, params=query)


def send(path: str, body: dict[str, object], *, service: str) -> httpx.Response:
    """As `ask`, but something is told: a step, under a command id of its own."""
    return _answer("POST", path, service, json=body, command=str(uuid.uuid4()))


def _answer(
    method: str,
    path: str,
    service: str,
    *,
    params: dict[str, str] | None = None,
    json: dict[str, object] | None = None,
    command: str | None = None,
) -> httpx.Response:
    url = _address(service)
    headers = {"Authorization": f"Bearer {_token()}"}
    if command is not None:
        headers["Idempotency-Key"] = command
    try:
        answer = httpx.request(
            method, f"{url}{path}", params=params, json=json, headers=headers, timeout=_SECONDS
        )
    except httpx.HTTPError as error:
        raise CommandError(f"{url} does not answer: {type(error).__name__}", exit_code=3) from None
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise CommandError("there is no such case or unit, or this token may not see it")
    if answer.is_error:
        raise CommandError(f"{service} answers {answer.status_code}: {_detail(answer)}")
    return answer


def case_path(number: str) -> str:
    """The path of a case, by its number or id."""
    return f"/cases/{quote(number, safe='')}"


def _address(service: str) -> str:
    given = os.environ.get(f"REDRESS_{service.upper()}_URL")
    if given:
        return given.rstrip("/")
    state = RunningState.read(Home.of_environment())
    if state is None:
        raise CommandError("nothing runs here: start it with `redress up`", exit_code=3)
    return state.services[service].url


def _token() -> str:
    given = os.environ.get("REDRESS_TOKEN")
    if given:
        return given
    keys = Home.of_environment().keys
    if not (keys / KEY_FILE).exists():
        raise CommandError(
            f"no token: set REDRESS_TOKEN, or run where {keys / KEY_FILE} is", exit_code=3
        )
    return issue_token(signing_key(keys, lambda _path: None), _OWNER, _LIFETIME)


def _detail(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        faults = [f"{each['field']}: {each['reason']}" for each in problem.get("errors", ())]
        broken = [f"{each['rule']}: {each['en']}" for each in problem.get("broken", ())]
        return " ".join([str(problem.get("detail", "")), *faults, *broken])
    except (ValueError, KeyError):
        return ""
