"""What the relay and the projections tell Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

RELAY_LEADING = Gauge("redress_relay_leading", "1 while this relay holds the sequencer's lease")
RELAY_MOVED = Counter("redress_relay_events_total", "Events this relay gave a feed position")
RELAY_ERRORS = Counter("redress_relay_errors_total", "Database errors the relay waited out")

_POSITION = Gauge(
    "redress_projection_position", "Feed position whose effect is stored", ["projection"]
)
_LAG_EVENTS = Gauge(
    "redress_projection_lag_events", "Events of the feed not yet applied", ["projection"]
)
_LAG_SECONDS = Gauge(
    "redress_projection_lag_seconds",
    "Seconds since the first event not yet applied was recorded",
    ["projection"],
)
_PARKED = Gauge("redress_projection_parked_streams", "Streams set aside", ["projection"])
_STOPPED = Gauge(
    "redress_projection_stopped", "1 when an error has stopped the projection", ["projection"]
)


class ProjectionMetrics:
    """The gauges of one projection in this process."""

    def __init__(self, projection: str) -> None:
        self.position = _POSITION.labels(projection)
        self.lag_events = _LAG_EVENTS.labels(projection)
        self.lag_seconds = _LAG_SECONDS.labels(projection)
        self.parked = _PARKED.labels(projection)
        self.stopped = _STOPPED.labels(projection)
        self.stopped.set(0)
