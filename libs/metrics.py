"""Every metric of the product, declared once.

Labels are bounded by what is deployed (services, routes, actions, rules, provinces, channels) and
hold no personal data. Numerators and denominators are told apart and never divided here: whoever
asks divides sums, not shares. `children` makes a metric's label sets at the start, so that what has
not happened yet reads 0 and not "no such series".

A gauge says what the workers of one process group make together: `livesum` where each has a part
of its own, `livemostrecent` where all look at the same thing. Times are in seconds; those of the
watchdog are of the database's clock.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from itertools import product

from prometheus_client import Counter, Gauge, Histogram

# Read by prometheus_client when it is first imported; the name is its own.
MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"

Metric = Counter | Gauge | Histogram

_REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LATENESS_BUCKETS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400)


def _own(name: str, told: str, labels: Iterable[str] = ()) -> Gauge:
    """A gauge of which every worker has a part of its own."""
    return Gauge(name, told, tuple(labels), multiprocess_mode="livesum")


def _shared(name: str, told: str, labels: Iterable[str] = ()) -> Gauge:
    """A gauge of something all workers look at: the last look counts."""
    return Gauge(name, told, tuple(labels), multiprocess_mode="livemostrecent")


# HTTP, every service.
REQUESTS = Counter(
    "redress_http_requests", "Requests answered", ["service", "method", "route", "status"]
)
REQUEST_SECONDS = Histogram(
    "redress_http_request_seconds",
    "Time from the first byte of a request to the end of its answer",
    ["service", "route"],
    buckets=_REQUEST_BUCKETS,
)
REQUESTS_OPEN = _own("redress_http_requests_open", "Requests under way", ["service"])
RATE_LIMITED = Counter("redress_rate_limited", "Writes refused for being too many", ["service"])

REDIS_ERRORS = Counter(
    "redress_redis_errors", "Times Redis did not answer; work went on without it", ["service"]
)

# Steps, intake and dispatch.
COMMANDS = Counter(
    "redress_commands",
    "Commands by outcome: done, repeated, refused, or the problem they ended with",
    ["service", "action", "outcome"],
)
RULES_BROKEN = Counter(
    "redress_rules_broken", "Refusals by the rule that forbade the step", ["rule"]
)
DECIDED_AGAIN = Counter(
    "redress_commands_decided_again", "Tries repeated because the stream had moved on", ["service"]
)
CASES_CACHED = _own("redress_cases_cached", "Folded cases held in memory", ["service"])

# The relay and the projections.
RELAY_LEADING = _own("redress_relay_leading", "1 while this relay holds the sequencer's lease")
RELAY_MOVED = Counter("redress_relay_events", "Events this relay gave a feed position")
RELAY_ERRORS = Counter("redress_relay_errors", "Database errors the relay waited out")
PUBLISHER_LEADING = _own("redress_publisher_leading", "1 while this relay publishes to Kafka")
PUBLISHER_EVENTS = Counter("redress_publisher_events", "Events acknowledged by Kafka")
PUBLISHER_POSITION = _shared(
    "redress_publisher_position", "Feed position up to which Kafka has acknowledged everything"
)
PUBLISHER_ERRORS = Counter(
    "redress_publisher_errors", "Errors after which the publisher began anew"
)
CONSUMER_LIVE = _own(
    "redress_consumer_live", "1 while the projection follows Kafka, 0 on the feed", ["projection"]
)
CONSUMER_REFUSED = Counter(
    "redress_consumer_refused_records",
    "Records in the topics that are no events of this store",
    ["projection"],
)
CONSUMER_FETCHED = Counter(
    "redress_consumer_fetched_versions",
    "Versions that no record brought in time, read from the store",
    ["projection"],
)
PROJECTION_POSITION = _shared(
    "redress_projection_position", "Feed position whose effect is stored", ["projection"]
)
PROJECTION_LAG_EVENTS = _shared(
    "redress_projection_lag_events", "Events of the feed not yet applied", ["projection"]
)
PROJECTION_LAG_SECONDS = _shared(
    "redress_projection_lag_seconds",
    "Seconds since the first event not yet applied was recorded",
    ["projection"],
)
PROJECTION_PARKED = _shared(
    "redress_projection_parked_streams", "Streams set aside", ["projection"]
)
PROJECTION_STOPPED = _own(
    "redress_projection_stopped", "1 when an error has stopped the projection", ["projection"]
)

# The watchdog.
WATCHDOG_LATENESS = Histogram(
    "redress_watchdog_lateness_seconds",
    "From a rung's time to its record",
    ["rung"],
    buckets=_LATENESS_BUCKETS,
)
WATCHDOG_RUNGS = Counter(
    "redress_watchdog_rungs",
    "Rows claimed: recorded, moved (behind their stream), parked, or left to the next round",
    ["outcome"],
)
WATCHDOG_BACKLOG = _shared("redress_watchdog_backlog", "Rungs whose time has come and that wait")
WATCHDOG_DUE_NEXT_HOUR = _shared(
    "redress_watchdog_due_next_hour", "Rungs that come up within an hour"
)
WATCHDOG_PARKED = _shared(
    "redress_watchdog_parked", "Rows that cannot be judged and wait for somebody"
)
NOTICE_DELIVERIES = Counter(
    "redress_notice_deliveries", "Tries to bring a notice to a channel", ["channel", "outcome"]
)

# Figures of the enterprise: told by the one replica of analytics that holds the lease.
FIGURES_LEADING = _own("redress_figures_leading", "1 while this process tells the figures")
CLOSED_ON_TIME = _shared(
    "redress_closures_on_time",
    "Complaints closed within their limit (numerator of on-time closure)",
    ["dimension", "value", "extensions"],
)
CLOSURES_COUNTED = _shared(
    "redress_closures_counted",
    "Complaints counted for on-time closure (its denominator)",
    ["dimension", "value", "extensions"],
)
CASES_OPEN = _shared(
    "redress_cases_open", "Open complaints by their most pressing clock", ["province", "standing"]
)
FIGURES = (CLOSED_ON_TIME, CLOSURES_COUNTED, CASES_OPEN)


def children(metric: Metric, *values: Iterable[str]) -> None:
    """Make the metric's child for every combination of the label values; repeatable."""
    for labels in product(*values):
        metric.labels(*labels)


def forget(gauge: Gauge) -> None:
    """Take the gauge's children back: nothing is told of them any more.

    With several workers a child cannot be removed from their files; it then tells NaN, which every
    aggregation by `max` passes over.
    """
    if MULTIPROCESS not in os.environ:
        gauge.clear()
        return
    for family in gauge.collect():
        for sample in family.samples:
            gauge.labels(**sample.labels).set(math.nan)
