"""Problem details (RFC 9457): every error a service answers, in Chinese and English.

A problem names fields and reasons, never values: what somebody wrote is not sent back, for it may
be personal and it may be an attack.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import orjson
from starlette.responses import Response

from libs.serving.reasons import PROBLEMS, REASONS

MEDIA_TYPE = "application/problem+json"
URN = "urn:redress:problem:"


class FieldFault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one field: a dotted path, a code of `REASONS`, the limits it names."""

    field: str
    code: str
    limits: dict[str, int | str] = {}


class Problem(Exception):
    """An answer other than success: `code` is one of `PROBLEMS`, `members` are added to it."""

    def __init__(
        self,
        code: str,
        *,
        errors: Sequence[FieldFault] = (),
        members: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code, self.errors = code, tuple(errors)
        self.members, self.headers = members or {}, headers or {}

    @property
    def status(self) -> int:
        """The HTTP status."""
        return PROBLEMS[self.code].status


def bad_fields(errors: Sequence[FieldFault]) -> Problem:
    """Return the problem that names these fields (422)."""
    return Problem("bad-field", errors=errors)


def render(problem: Problem, accept_language: str, correlation_id: str) -> Response:
    """Return the problem as a response in the language that the client prefers."""
    text = PROBLEMS[problem.code]
    chinese = prefers_chinese(accept_language)
    content: dict[str, object] = {
        "type": URN + problem.code,
        "title": text.zh_title if chinese else text.en_title,
        "status": text.status,
        "detail": text.zh if chinese else text.en,
        "instance": "urn:redress:request:" + correlation_id,
    }
    if problem.errors:
        content["errors"] = [_fault(fault, chinese=chinese) for fault in problem.errors]
    headers = {"Content-Language": "zh-Hans" if chinese else "en", **problem.headers}
    return Response(
        orjson.dumps(content | problem.members), text.status, headers, media_type=MEDIA_TYPE
    )


def prefers_chinese(accept_language: str) -> bool:
    """Return whether Chinese ranks before English (Chinese also where neither is named)."""
    ranks = {"zh": 0.0, "en": 0.0}
    for part in accept_language.lower().split(","):
        tag, _, quality = part.strip().partition(";q=")
        language = tag.partition("-")[0]
        if language in ranks:
            ranks[language] = max(ranks[language], _quality(quality))
    return ranks["zh"] >= ranks["en"]


def _quality(text: str) -> float:
    try:
        return min(float(text), 1.0) if text else 1.0
    except ValueError:
        return 0.0


def _fault(fault: FieldFault, *, chinese: bool) -> dict[str, str]:
    zh, en = REASONS[fault.code]
    reason = (zh if chinese else en).format_map(fault.limits)
    return {"field": fault.field, "code": fault.code, "reason": reason}
