"""What the demo has shown so far, counted in the store and asked of analytics."""

from __future__ import annotations

from pathlib import Path

import httpx
import msgspec

from libs.events.postgres.database import Database
from redress.demo.staff import Tally

_SQL = Path(__file__).parent / "sql"


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Complaints by state, on-time closure with both of its parts, rungs, steps, processes."""

    complaints: dict[str, int]
    events: int
    on_time: tuple[int, int]
    warnings: int
    misses: int
    urgings: int
    steps: int
    repeated_requests: int
    refused: list[str]
    processes: list[str]
    simulated_hours: float


def count_events(database: Database) -> dict[str, int]:
    """Events stored so far, by type."""
    return _counts(database, "event_types")


def summarise(
    database: Database,
    *,
    analytics_url: str,
    token: str,
    tally: Tally,
    processes: list[str],
    simulated_hours: float,
) -> Summary:
    """The figures of this moment."""
    events = count_events(database)
    answer = httpx.get(
        f"{analytics_url}/rates/on-time",
        params={"by": "level"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    answer.raise_for_status()
    rate = answer.json()["total"]["without_extensions"]
    return Summary(
        complaints=_counts(database, "states"),
        events=sum(events.values()),
        on_time=(rate["numerator"], rate["denominator"]),
        warnings=events.get("DeadlineWarned", 0),
        misses=events.get("DeadlineMissed", 0),
        urgings=events.get("OrderUrged", 0),
        steps=tally.steps,
        repeated_requests=tally.repeated,
        refused=tally.refused,
        processes=processes,
        simulated_hours=round(simulated_hours, 1),
    )


def _counts(database: Database, name: str) -> dict[str, int]:
    with database.transaction() as cursor:
        cursor.execute((_SQL / f"{name}.sql").read_text(encoding="utf-8"))
        return {key: int(count) for key, count in cursor.fetchall()}
