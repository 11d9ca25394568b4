"""What the watchdog lets Prometheus see. Times are those of the database's clock."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

LATENESS = Histogram(
    "redress_watchdog_lateness_seconds",
    "From a rung's time to its record.",
    ["rung"],
    buckets=(0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400),
)
RUNGS = Counter(
    "redress_watchdog_rungs_total",
    "Rows claimed: recorded, moved (behind their stream), parked, or left to the next round.",
    ["outcome"],
)
BACKLOG = Gauge("redress_watchdog_backlog", "Rungs whose time has come and that wait.")
DUE_NEXT_HOUR = Gauge("redress_watchdog_due_next_hour", "Rungs that come up within an hour.")
DELIVERIES = Counter(
    "redress_notice_deliveries_total",
    "Tries to bring a notice to a channel.",
    ["channel", "outcome"],
)
PARKED = Gauge("redress_watchdog_parked", "Rows that cannot be judged and wait for somebody.")
