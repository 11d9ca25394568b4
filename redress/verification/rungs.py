"""Every warning and miss is on record once, and right: the streams against the pure clocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby

from libs.casework.bodies import read_body
from libs.casework.folding import KnownCase, fact_of, fold
from libs.casework.registry import IMPORTER
from libs.casework.regulations import Regulations
from libs.events.envelope import StoredEvent
from libs.events.postgres.header import decode_event
from libs.procedures.clocks.runs import Rung
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

    Doubled: the same clock, order, run, due time and share twice. False: one that had not fallen
    when it was recorded, by the stream as it stood then. Missing: a rung that fell more than
    `patience` before `now`. What an old ledger tells of its own rungs is taken as told.
    """
    for stream, events in groupby(rows, key=lambda row: row[0]):
        if not stream.startswith(_PREFIX):
            continue
        stored = (decode_event(bytes(row[3]), bytes(row[4]), bytes(row[5])) for row in events)
        for version, reason in _faults(stored, regulations, now - patience):
            yield Finding(promise=PROMISE, stream=stream, version=version, reason=reason)


def _faults(
    events: Iterable[StoredEvent], regulations: Regulations, until: datetime
) -> Iterator[tuple[int, str]]:
    seen: set[tuple[object, ...]] = set()
    known: KnownCase | None = None
    for event in events:
        if known is not None and event.type in _RUNGS:
            fact = fact_of(event, read_body(event), known.pinned.procedure)
            identity = _identity(fact)
            if identity in seen:
                yield event.version, f"{event.type} of {fact.data['clock']} is recorded twice"
            elif event.service != IMPORTER and identity not in _fallen(known, event.recorded_at):
                yield event.version, f"{event.type} of {fact.data['clock']} had not fallen"
            seen.add(identity)
        known = fold(known, [event], regulations)
    for rung in _due(known, until):
        assert known is not None
        yield known.version, f"{rung.event} of {rung.clock} is not on record"


def _due(known: KnownCase | None, until: datetime) -> tuple[Rung, ...]:
    clocks = known.case.clocks if known is not None else None
    return clocks.rungs_due(until) if clocks is not None else ()


def _fallen(known: KnownCase, until: datetime) -> set[tuple[object, ...]]:
    return {
        (rung.event, rung.clock, rung.order, rung.run, rung.due_at, rung.share)
        for rung in _due(known, until)
    }


def _identity(fact: Fact) -> tuple[object, ...]:
    data = fact.data
    return (fact.type, data["clock"], fact.order, data["run"], data["due_at"], data.get("share"))
