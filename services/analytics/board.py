"""The board of the country: counts by province, the most pressing clocks, the latest events."""

from __future__ import annotations

import threading
import time
from typing import Any

import msgspec

from libs.access.identity import Subject
from libs.access.policy import Involvement, Policy
from libs.casework.identifiers import complaint_of
from libs.casework.regulations import Regulations
from libs.events.envelope import StoredEvent
from services.analytics.access import reach_of
from services.analytics.figures import Figures, Row, Window
from services.analytics.organisation import Organisation
from services.analytics.shapes import clock_title, ratio_of

COUNTS = ("open", "on_time", "due_soon", "overdue", "registered", "closed")
SHOWN = 8
# Rows are fetched for everybody and decided one by one: some more than are shown.
_FETCHED = SHOWN * 4
_FRESH_S = 0.5

Json = dict[str, Any]


class Board:
    """Makes the board for a visitor. What is the same for all is asked once in half a second, so
    that its cost does not grow with the number of viewers. Blocks.
    """

    def __init__(
        self,
        figures: Figures,
        regulations: Regulations,
        organisation: Organisation,
        policy: Policy,
    ) -> None:
        self._figures, self._regulations = figures, regulations
        self._organisation, self._policy = organisation, policy
        self._asking = threading.Lock()  # one question for all who wait, not one each
        self._counts: dict[str, Json] = {}
        self._rates: list[Row] = []
        self._asked = -_FRESH_S

    def show(self, subject: Subject) -> Json:
        """The board as this visitor may see it: units he may not list are left out."""
        counts, rates = self._shared()
        seen = [unit for unit in self._units(counts) if self._policy.may_list(subject, unit)]
        units = [counts.get(unit, _none(unit)) for unit in seen]
        on_time = [row for row in rates if row["province"] in seen]
        return {
            "present": msgspec.to_builtins(self._figures.present()),
            "units": [
                {**unit, "grid": self._organisation.grid.get(unit["unit"])} for unit in units
            ],
            "totals": {name: sum(unit[name] for unit in units) for name in COUNTS},
            "on_time": ratio_of(on_time),
            "urgent": self._urgent(subject),
            "latest": self._latest(subject),
        }

    def _shared(self) -> tuple[dict[str, Json], list[Row]]:
        with self._asking:
            if time.monotonic() - self._asked > _FRESH_S:
                self._counts = {row["province"]: _counts(row) for row in self._figures.provinces()}
                self._rates = self._figures.on_time(Window(by="province"))
                self._asked = time.monotonic()
            return self._counts, self._rates

    def _units(self, counts: dict[str, Json]) -> list[str]:
        known = self._organisation.provinces
        return [*known, *sorted(counts.keys() - set(known))]

    def _urgent(self, subject: Subject) -> list[Json]:
        rows = self._figures.urgent(reach_of(self._policy, subject), _FETCHED)
        seen = [row for row in rows if self._sees(subject, row, registered_by=row["registered_by"])]
        return [self._clock(row) for row in seen[:SHOWN]]

    def _clock(self, row: Row) -> Json:
        names = ("complaint", "number", "province", "clock", "order", "unit", "due_at", "warn_at")
        title = clock_title(self._regulations, row)
        content: Json = msgspec.to_builtins({name: row[name] for name in names})
        return {**content, "title": title}

    def _latest(self, subject: Subject) -> list[Json]:
        events = self._figures.latest(_FETCHED, SHOWN)
        cases = self._figures.involved([complaint_of(event.stream) for event in events])
        shown = []
        for event in events:
            case = cases.get(complaint_of(event.stream))
            if case is not None and self._sees(subject, case, registered_by=case["unit"]):
                shown.append(_event(event, case))
        return shown[:SHOWN]

    def _sees(self, subject: Subject, row: Row, *, registered_by: str) -> bool:
        involvement = Involvement(
            registered_by=registered_by, units=frozenset(row["units"]), tier=row["tier"]
        )
        return self._policy.decide(subject, involvement).allowed


def _counts(row: Row) -> Json:
    counted = {name: row[name] for name in ("open", "due_soon", "overdue", "registered", "closed")}
    on_time = row["open"] - row["due_soon"] - row["overdue"]
    return {"unit": row["province"], **counted, "on_time": on_time}


def _none(unit: str) -> Json:
    return {"unit": unit, **dict.fromkeys(COUNTS, 0)}


def _event(event: StoredEvent, case: Row) -> Json:
    content: Json = msgspec.to_builtins(
        {
            "version": event.version,
            "recorded_at": event.recorded_at,
            "type": event.type,
            "unit": event.actor.unit,
            "complaint": case["complaint"],
            "number": case["number"],
        }
    )
    return content
