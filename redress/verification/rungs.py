"""Every warning and miss is on record once, and right: the streams against the pure clocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby

from libs.casework.reading import CaseHistory, history_of
from libs.casework.regulations import Regulations
from libs.events.postgres.header import decode_event
from libs.procedures.facts import Fact
from redress.verification import Finding
from redress.verification.chains import Row

PROMISE = "rungs"
_RUNGS = ("DeadlineWarned", "DeadlineMissed")
_PREFIX = "complaint/"


def check_rungs(
    rows: Iterable[Row], regulations: Regulations, now: datetime, patience: timedelta
) -> Iterator[Finding]:
    """Findings in all complaints' events, ordered by stream and version.

    Doubled: the same clock, order, run, due time and share twice. False: a miss recorded at or
    before its due time. Missing: a rung that fell more than `patience` before `now`.
    """
    for stream, events in groupby(rows, key=lambda row: row[0]):
        if not stream.startswith(_PREFIX):
            continue
        stored = [decode_event(bytes(row[3]), bytes(row[4]), bytes(row[5])) for row in events]
        history = history_of(stored, regulations)
        if history is not None:
            for version, reason in _faults(history, now - patience):
                yield Finding(promise=PROMISE, stream=stream, version=version, reason=reason)


def _faults(history: CaseHistory, until: datetime) -> Iterator[tuple[int, str]]:
    seen: set[tuple[object, ...]] = set()
    for entry in history.entries:
        fact = entry.fact
        if fact.type not in _RUNGS:
            continue
        key = _identity(fact)
        if key in seen:
            yield fact.version, f"{fact.type} of {fact.data['clock']} is recorded twice"
        seen.add(key)
        due_at = fact.data["due_at"]
        if fact.type == "DeadlineMissed" and (
            not isinstance(due_at, datetime) or entry.stored.recorded_at <= due_at
        ):
            yield fact.version, f"{fact.data['clock']} is missed before it was due"
    clocks = history.known.case.clocks
    for rung in clocks.rungs_due(until) if clocks else ():
        yield history.known.version, f"{rung.event} of {rung.clock} is not on record"


def _identity(fact: Fact) -> tuple[object, ...]:
    data = fact.data
    return (fact.type, data["clock"], fact.order, data["run"], data["due_at"], data.get("share"))
