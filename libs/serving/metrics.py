"""Every metric that the services have in common, declared once. Labels hold no personal data."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from starlette.responses import Response

REQUESTS = Counter(
    "redress_http_requests", "Requests answered", ["service", "method", "route", "status"]
)
REQUEST_SECONDS = Histogram(
    "redress_http_request_seconds",
    "Time from the first byte of a request to the end of its answer",
    ["service", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
REQUESTS_OPEN = Gauge("redress_http_requests_open", "Requests under way", ["service"])
COMMANDS = Counter(
    "redress_commands",
    "Commands by outcome: done, repeated, refused, contested, unseen, moved",
    ["service", "action", "outcome"],
)
RULES_BROKEN = Counter(
    "redress_rules_broken", "Refusals by the rule that forbade the step", ["rule"]
)
DECIDED_AGAIN = Counter(
    "redress_commands_decided_again", "Tries repeated because the stream had moved on", ["service"]
)
CASES_CACHED = Gauge("redress_cases_cached", "Folded cases held in memory", ["service"])


def exposition() -> Response:
    """Return all metrics of this process in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
