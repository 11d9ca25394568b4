"""On-time closure and open complaints for Prometheus: numerators and denominators, not ratios.

Labels are bounded: provinces of the organisation, levels and channels of the procedures; whatever
else occurs is counted under `other`. All children exist from the start, so that nothing looks like
an absent target.
"""

from __future__ import annotations

import threading

import structlog
from prometheus_client import Gauge

from libs.casework.regulations import Regulations
from services.analytics.figures import DIMENSIONS, Figures, Row
from services.analytics.organisation import Organisation

OTHER = "other"
STANDINGS = ("on_time", "due_soon", "overdue")
EVERY_S = 5.0

CLOSED_ON_TIME = Gauge(
    "redress_closures_on_time",
    "Complaints closed within their limit (numerator of on-time closure)",
    ["dimension", "value", "extensions"],
)
CLOSURES_COUNTED = Gauge(
    "redress_closures_counted",
    "Complaints counted for on-time closure (its denominator)",
    ["dimension", "value", "extensions"],
)
CASES_OPEN = Gauge(
    "redress_cases_open", "Open complaints by their most pressing clock", ["province", "standing"]
)

_log = structlog.get_logger(__name__)
_PARTS = {"without": ("numerator", "denominator"),
          "with": ("extended_numerator", "extended_denominator")}  # fmt: skip


class FigureGauges:
    """Keeps the gauges near the fact tables, every five seconds, from one thread."""

    def __init__(
        self, figures: Figures, organisation: Organisation, regulations: Regulations
    ) -> None:
        self._figures = figures
        self._values = {
            "province": (*organisation.provinces, OTHER),
            "level": (*_ids(regulations, "levels"), OTHER),
            "channel": (*_ids(regulations, "channels"), OTHER),
        }
        for dimension in DIMENSIONS:
            self._set(dimension, [])
        self._set_open([])

    def run(self, stop: threading.Event) -> None:
        """Refresh until `stop`; a store that does not answer is asked again."""
        while not stop.wait(EVERY_S):
            try:
                self.refresh()
            except Exception as error:  # noqa: BLE001 - figures wait, the service goes on
                _log.warning("figures_not_refreshed", error=type(error).__name__)

    def refresh(self) -> None:
        """Set every gauge to what the fact tables say now."""
        for dimension in DIMENSIONS:
            self._set(dimension, self._figures.on_time(dimension, None, None))
        self._set_open(self._figures.provinces())

    def _set(self, dimension: str, rows: list[Row]) -> None:
        values = self._values[dimension]
        for value in values:
            mine = [row for row in rows if _bounded(row["key"], values) == value]
            for extensions, (numerator, denominator) in _PARTS.items():
                labels = (dimension, value, extensions)
                CLOSED_ON_TIME.labels(*labels).set(sum(row[numerator] for row in mine))
                CLOSURES_COUNTED.labels(*labels).set(sum(row[denominator] for row in mine))

    def _set_open(self, rows: list[Row]) -> None:
        for province in self._values["province"]:
            mine = [
                row
                for row in rows
                if _bounded(row["province"], self._values["province"]) == province
            ]
            total = sum(row["open"] for row in mine)
            soon, over = (sum(row[name] for row in mine) for name in ("due_soon", "overdue"))
            for standing, count in zip(STANDINGS, (total - soon - over, soon, over), strict=True):
                CASES_OPEN.labels(province, standing).set(count)


def _bounded(value: str | None, values: tuple[str, ...]) -> str:
    return value if value in values else OTHER


def _ids(regulations: Regulations, section: str) -> list[str]:
    declared = (getattr(procedure, section) for procedure in regulations.procedures)
    return sorted({item.id for items in declared for item in items})
