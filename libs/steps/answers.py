"""How the outcome of a step is answered: the result, or the problem that fits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache

import msgspec
import orjson
from prometheus_client import Counter
from starlette.responses import Response

from libs import metrics
from libs.casework.casekeys import KeyGone
from libs.casework.commanding import (
    Asked,
    Contested,
    Done,
    NotPermitted,
    Unseen,
    VersionMoved,
)
from libs.casework.shaping import BadFields
from libs.complaints.commands import Refusal
from libs.events.errors import CommandReused, HappenedAhead, StoreUnavailable
from libs.procedures.schema import UnknownProcedure
from libs.serving.problems import FieldFault, Problem, bad_fields

RETRY_AFTER_S = "1"


Beside = Callable[[Asked, Done], Awaitable[Mapping[str, object]]]
"""What else is told with a done step; it never fails."""


async def answer(
    service: str, asked: Asked, outcome: Awaitable[Done | Refusal], beside: Beside | None = None
) -> Response:
    """Return the response of a done step. Raises `Problem` for every other end of it."""
    try:
        end = await outcome
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            raise
        _counter(service, asked.action.name, problem.code).inc()
        raise problem from None
    if isinstance(end, Refusal):
        _counter(service, asked.action.name, "refused").inc()
        raise _refused(end)
    _counter(service, asked.action.name, "repeated" if end.repeated else "done").inc()
    return _done(asked, end, {} if beside is None else await beside(asked, end))


@cache
def _counter(service: str, action: str, outcome: str) -> Counter:
    # Finding a label's child costs more than counting in it.
    return metrics.COMMANDS.labels(service, action, outcome)


def _done(asked: Asked, done: Done, more: Mapping[str, object]) -> Response:
    content: dict[str, object] = {
        "complaint": done.complaint,
        "number": done.number,
        "version": done.version,
        "recorded_at": done.recorded_at,
        "events": [{"type": kind, "version": version} for kind, version in done.events],
    }
    if done.order is not None:
        content["order"] = done.order
    if done.advice:
        content["advice"] = [msgspec.structs.asdict(rule) for rule in done.advice]
    content.update(more)
    headers = {"ETag": f'"{done.version}"'}
    if asked.complaint is None:
        headers["Location"] = f"/complaints/{done.complaint}"
    status = 200 if done.repeated or asked.complaint is not None else 201
    body = orjson.dumps(content, option=orjson.OPT_UTC_Z)
    return Response(body, status, headers, media_type="application/json")


def _refused(refusal: Refusal) -> Problem:
    for rule in refusal.broken:
        metrics.RULES_BROKEN.labels(rule.rule).inc()
    broken = [msgspec.structs.asdict(rule) for rule in refusal.broken]
    return Problem("refused", members={"broken": broken})


def _unfit(error: BadFields) -> Problem:
    # What rules say of a word outside its vocabulary is told with the field's fault.
    broken = [msgspec.structs.asdict(rule) for rule in error.broken]
    return Problem(
        "bad-field",
        errors=[FieldFault(**msgspec.structs.asdict(fault)) for fault in error.faults],
        members={"broken": broken} if broken else None,
    )


def problem_of(error: Exception) -> Problem | None:
    """Return the problem that an error of casework or the store is; None for any other error."""
    if isinstance(error, BadFields):
        return _unfit(error)
    if isinstance(error, VersionMoved):
        return Problem("version-moved", headers={"ETag": f'"{error.version}"'})
    if isinstance(error, StoreUnavailable):
        return Problem("unavailable", headers={"Retry-After": RETRY_AFTER_S})
    return next((make() for kind, make in _ENDS if isinstance(error, kind)), None)


_ENDS: tuple[tuple[type[Exception], Callable[[], Problem]], ...] = (
    (Unseen, lambda: Problem("absent")),
    (NotPermitted, lambda: Problem("not-permitted")),
    (Contested, lambda: Problem("contested", headers={"Retry-After": RETRY_AFTER_S})),
    (CommandReused, lambda: Problem("command-reused")),
    (KeyGone, lambda: Problem("destroyed")),
    (HappenedAhead, lambda: bad_fields([FieldFault(field="happened_at", code="ahead")])),
    (
        UnknownProcedure,
        lambda: bad_fields([FieldFault(field="procedure", code="no-such-procedure")]),
    ),
)
