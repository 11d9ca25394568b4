"""What a projection tells Prometheus."""

from __future__ import annotations

from libs import metrics


class ProjectionGauges:
    """The gauges of one projection in this process, there from the start."""

    def __init__(self, projection: str) -> None:
        self.position = metrics.PROJECTION_POSITION.labels(projection)
        self.lag_events = metrics.PROJECTION_LAG_EVENTS.labels(projection)
        self.lag_seconds = metrics.PROJECTION_LAG_SECONDS.labels(projection)
        self.parked = metrics.PROJECTION_PARKED.labels(projection)
        self.stopped = metrics.PROJECTION_STOPPED.labels(projection)
        self.stopped.set(0)
