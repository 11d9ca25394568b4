"""On-time closure and open complaints for Prometheus: numerators and denominators, not ratios.

Labels are bounded: provinces of the organisation, levels and channels of the procedures; whatever
else occurs is counted under `other`. Any number of replicas may run; the one with the lease tells
the figures, so that nothing is counted twice by whoever adds up over replicas. It tells all of them
from its first moment, so that nothing looks like an absent target.
"""

from __future__ import annotations

import threading
from typing import Protocol

import structlog

from libs import metrics
from libs.casework.regulations import Regulations
from services.analytics.figures import DIMENSIONS, Figures, Row, Window
from services.analytics.organisation import Organisation

OTHER = "other"
STANDINGS = ("on_time", "due_soon", "overdue")
EVERY_S = 5.0
# Any number will do as long as every replica uses the same one ("FIGURES" in hex).
LEASE = 0x46494755524553

_log = structlog.get_logger(__name__)
_PARTS = {"without": ("numerator", "denominator"),
          "with": ("extended_numerator", "extended_denominator")}  # fmt: skip


class Lease(Protocol):
    """What says which replica tells the figures."""

    def held(self) -> bool:
        """Whether it is this one now."""
        ...

    def release(self) -> None:
        """Let another have it."""
        ...


class FigureGauges:
    """Keeps the gauges near the fact tables, every five seconds, from one thread."""

    def __init__(
        self,
        figures: Figures,
        organisation: Organisation,
        regulations: Regulations,
        lease: Lease,
    ) -> None:
        self._figures, self._lease = figures, lease
        self._values = {
            "province": (*organisation.provinces, OTHER),
            "level": (*_ids(regulations, "levels"), OTHER),
            "channel": (*_ids(regulations, "channels"), OTHER),
        }
        self._telling = False
        metrics.FIGURES_LEADING.set(0)

    def run(self, stop: threading.Event) -> None:
        """Refresh until `stop`; a store that does not answer is asked again."""
        while not stop.is_set():
            try:
                self.refresh()
            except Exception as error:  # noqa: BLE001 - figures wait, the service goes on
                _log.warning("figures_not_refreshed", error=type(error).__name__)
            stop.wait(EVERY_S)
        self._lease.release()

    def refresh(self) -> None:
        """Set every gauge to what the fact tables say now, or take them back without the lease."""
        telling, self._telling = self._telling, self._lease.held()
        metrics.FIGURES_LEADING.set(self._telling)
        if self._telling:
            for dimension in DIMENSIONS:
                self._set(dimension, self._figures.on_time(Window(by=dimension)))
            self._set_open(self._figures.provinces())
        elif telling:
            _take_back()

    def _set(self, dimension: str, rows: list[Row]) -> None:
        values = self._values[dimension]
        for value in values:
            mine = [row for row in rows if _bounded(row["key"], values) == value]
            for extensions, (numerator, denominator) in _PARTS.items():
                labels = (dimension, value, extensions)
                metrics.CLOSED_ON_TIME.labels(*labels).set(sum(row[numerator] for row in mine))
                metrics.CLOSURES_COUNTED.labels(*labels).set(sum(row[denominator] for row in mine))

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
                metrics.CASES_OPEN.labels(province, standing).set(count)


def _take_back() -> None:
    """Tell no figures any more; another replica does."""
    for gauge in metrics.FIGURES:
        metrics.forget(gauge)


def _bounded(value: str | None, values: tuple[str, ...]) -> str:
    return value if value in values else OTHER


def _ids(regulations: Regulations, section: str) -> list[str]:
    declared = (getattr(procedure, section) for procedure in regulations.procedures)
    return sorted({item.id for items in declared for item in items})
