"""GET /work-list."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from libs.access.identity import UNIT
from libs.casework.opening import Office
from libs.casework.pasts import PastCases, TooMany
from libs.events.past import Past
from libs.events.postgres.projection import ProjectionRunner
from libs.serving.looking import AsHappened, AsOf, past_asked
from libs.serving.problems import FieldFault, Problem, bad_fields
from libs.steps.desk import Desk
from services.dispatch.pastlist import past_rows
from services.dispatch.rows import WorkRow
from services.dispatch.worklist import BadCursor, Page, Place, page_of, read_place, rows_after

PATIENCE_S = 2.0


def work_routes(desk: Desk, runner: ProjectionRunner, pasts: PastCases) -> APIRouter:
    """Return the route of the work list."""
    router = APIRouter(tags=["dispatch"])

    # A plain function: it waits for the database, so it runs in a thread of the server's pool.
    @router.get(
        "/work-list",
        summary="工作清单 · Work list of a unit and those below it",
        response_model=None,
        responses=_documented(),
        openapi_extra={"security": [{"bearer": []}]},
    )
    def work_list(
        request: Request,
        *,
        unit: Annotated[str, Query(max_length=128, examples=["henan/network"])],
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=512)] = None,
        position: Annotated[
            int, Query(ge=-1, description="最早应包含的位置 · at least up to")
        ] = -1,
        as_of: AsOf = None,
        as_happened: AsHappened = None,
    ) -> Response:
        """In the procedure's order of priority, then by the nearest due time, then by age.

        `position` (of an earlier answer, or of what the client wrote) is waited for, two seconds
        at most.
        """
        subject = desk.bearer(request)
        place = _place(unit, cursor)
        if not desk.office.policy.may_list(subject, unit):
            raise Problem("absent")
        if not runner.wait_for(position, PATIENCE_S):
            raise Problem("behind", headers={"Retry-After": "1"})
        # Read before the rows: the list may show more than it says, never less.
        reached = runner.position()
        office = desk.office
        now = office.time.now()
        past = past_asked(as_of, as_happened, now)
        rows = _rows(office, pasts, unit, place, limit=limit + 1, past=past)
        page = page_of(rows, limit, now=now, position=reached, past=past)
        return Response(msgspec.json.encode(page), media_type="application/json")

    return router


def _rows(
    office: Office, pasts: PastCases, unit: str, place: Place, *, limit: int, past: Past | None
) -> list[WorkRow]:
    if past is None:
        with office.database.transaction() as cursor:
            return rows_after(cursor, unit, place, limit=limit)
    try:
        return past_rows(office.database, pasts, unit, place, limit=limit, past=past)
    except TooMany:
        raise Problem("too-wide") from None


def _place(unit: str, cursor: str | None) -> Place:
    if not UNIT.fullmatch(unit):
        raise bad_fields([FieldFault(field="unit", code="not-unit")])
    try:
        return read_place(cursor)
    except BadCursor:
        raise bad_fields([FieldFault(field="cursor", code="not-cursor")]) from None


def _documented() -> dict[int | str, dict[str, object]]:
    (schema,), components = msgspec.json.schema_components([Page], ref_template="#/$defs/{name}")
    content = {"application/json": {"schema": {**schema, "$defs": components}}}
    return {200: {"description": "一页 · one page", "content": content}}
