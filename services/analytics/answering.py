"""What the routes of analytics share: the past that is asked for, answers as JSON."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from libs.events.past import Past
from libs.serving.looking import past_asked
from libs.serving.parameters import Instant
from services.analytics.desk import Desk

SECURE: dict[str, Any] = {"security": [{"bearer": []}]}
"""How a route that needs a token is described."""


def past_wanted(desk: Desk, as_of: Instant | None, as_happened: Instant | None) -> Past | None:
    """The past that a query asks for; None for the present. Raises `Problem`."""
    if as_of is None and as_happened is None:
        return None
    return past_asked(as_of, as_happened, desk.figures.present().now)


def json_answer(content: object) -> Response:
    """Any content as a JSON response."""
    return Response(msgspec.json.encode(content), media_type="application/json")
