"""The rows that figures are made of, as the fold of one complaint says them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain

import msgspec

from libs.access.policy import province_of, with_above
from libs.casework.folding import SYSTEM, KnownCase
from libs.casework.identifiers import complaint_of
from libs.procedures.clocks import ClockBook
from libs.procedures.clocks.runs import Run
from libs.procedures.facts import Fact, Value
from services.analytics.closures import ClosureRow, closure_of

LATE_ENTRY = timedelta(seconds=60)


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A complaint as it stands; see the migration for the meaning of each column."""

    complaint: str
    version: int
    number: str | None
    procedure: str
    procedure_version: str
    tier: str | None
    status: str
    unit: str
    province: str
    units: list[str]
    reach: list[str]
    holders: list[str]
    channel: str | None
    level: str | None
    category: str | None
    business: str | None
    customer_tier: str | None
    happened_at: datetime
    registered_at: datetime
    last_at: datetime
    missed: int
    late_entries: int
    closed_at: datetime | None
    outcome_counts: bool
    limit_at: datetime | None
    extended_limit_at: datetime | None
    counts_all: bool


class CycleRow(msgspec.Struct, kw_only=True):
    """From registration or reopening to the next closing."""

    complaint: str
    cycle: int
    opened_at: datetime
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str | None = None


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """A work order as it stands."""

    complaint: str
    order_id: str
    kind: str
    of_order: str | None
    issuer: str
    holder: str | None
    state: str
    forwards: int
    issued_at: datetime
    received_at: datetime | None
    ended_at: datetime | None


class ClockRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a clock; `unit` is the one in whose hands it runs."""

    complaint: str
    clock: str
    order_id: str
    run: int
    unit: str
    running: bool
    soft: bool
    provisional: bool
    started_at: datetime
    first_due_at: datetime
    due_at: datetime
    warn_at: datetime | None
    ended_at: datetime | None
    warned: bool
    missed: bool


class RevisitRow(msgspec.Struct, frozen=True, kw_only=True):
    """One call-back, reached or not, in the cycle it followed."""

    complaint: str
    version: int
    cycle: int
    happened_at: datetime
    recorded_at: datetime
    reached: bool
    satisfaction: str | None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All rows of one complaint."""

    case: CaseRow
    cycles: list[CycleRow]
    orders: list[OrderRow]
    clocks: list[ClockRow]
    revisits: list[RevisitRow]


def facts_of(known: KnownCase) -> Facts:
    """The rows that this fold says; the same fold gives the same rows for ever."""
    events = events_of(known)
    clocks = list(_clocks(known))
    cycles, revisits = _cycles(complaint_of(known.stream), events)
    return Facts(
        case=_case(known, events, clocks, closure_of(known)),
        cycles=cycles,
        orders=list(_orders(known)),
        clocks=clocks,
        revisits=revisits,
    )


def events_of(known: KnownCase) -> list[Fact]:
    """Every event of the case, oldest first."""
    return sorted(chain(*known.case.history.values()), key=lambda fact: fact.version)


def clocks_of(known: KnownCase) -> ClockBook:
    """The clocks of the case, which it has from its first event on."""
    assert known.case.clocks is not None
    return known.case.clocks


def is_late_entry(fact: Fact) -> bool:
    """Whether a person typed it in noticeably later than it happened."""
    return fact.role != SYSTEM and fact.recorded_at - fact.happened_at > LATE_ENTRY


def _case(
    known: KnownCase, events: list[Fact], clocks: list[ClockRow], closure: ClosureRow
) -> CaseRow:
    case, procedure = known.case, known.pinned.procedure
    first = events[0]
    return CaseRow(
        complaint=complaint_of(known.stream),
        version=known.version,
        number=case.number,
        procedure=procedure.id,
        procedure_version=procedure.version,
        tier=_word(case.attributes, "tier"),
        status=case.status or "open",
        unit=known.registered_by,
        province=province_of(known.registered_by),
        units=sorted(known.units),
        reach=sorted({above for unit in known.units for above in with_above(unit)}),
        holders=sorted({order.holder for order in case.orders.open() if order.holder}),
        channel=_word(case.attributes, "channel"),
        level=_word(case.attributes, "level"),
        category=_word(case.attributes, "category"),
        business=_word(case.attributes, "business"),
        customer_tier=_word(case.attributes, "customer_tier"),
        happened_at=first.happened_at,
        registered_at=first.recorded_at,
        last_at=events[-1].recorded_at,
        missed=sum(1 for clock in clocks if clock.missed and not clock.soft),
        late_entries=sum(map(is_late_entry, events)),
        closed_at=closure.closed_at,
        outcome_counts=closure.outcome_counts,
        limit_at=closure.limit_at,
        extended_limit_at=closure.extended_limit_at,
        counts_all=closure.counts_all,
    )


def _word(attributes: Mapping[str, Value], name: str) -> str | None:
    value = attributes.get(name)
    return value if isinstance(value, str) else None


def _cycles(complaint: str, events: list[Fact]) -> tuple[list[CycleRow], list[RevisitRow]]:
    cycles: list[CycleRow] = []
    revisits: list[RevisitRow] = []
    for fact in events:
        match fact.type:
            case "ComplaintRegistered" | "ComplaintReopened":
                number = len(cycles) + 1
                cycles.append(
                    CycleRow(complaint=complaint, cycle=number, opened_at=fact.recorded_at)
                )
            case "CustomerAnswered":
                cycles[-1].answered_at = cycles[-1].answered_at or fact.recorded_at
            case "ComplaintClosed":
                cycles[-1].closed_at = fact.recorded_at
                cycles[-1].outcome = _word(fact.data, "outcome")
            case "RevisitMade":
                revisits.append(_revisit(complaint, len(cycles), fact))
    return cycles, revisits


def _revisit(complaint: str, cycle: int, fact: Fact) -> RevisitRow:
    return RevisitRow(
        complaint=complaint,
        version=fact.version,
        cycle=cycle,
        happened_at=fact.happened_at,
        recorded_at=fact.recorded_at,
        reached=fact.data.get("reached") is True,
        satisfaction=_word(fact.data, "satisfaction"),
    )


def _orders(known: KnownCase) -> Iterator[OrderRow]:
    history = known.case.history
    for order in known.case.orders:
        received = [fact for fact in history.get("OrderReceived", ()) if fact.order == order.id]
        forwarded = [fact for fact in history.get("OrderForwarded", ()) if fact.order == order.id]
        yield OrderRow(
            complaint=complaint_of(known.stream),
            order_id=order.id,
            kind=order.kind,
            of_order=order.of,
            issuer=order.issuer,
            holder=order.holder,
            state=order.state,
            forwards=len(forwarded),
            issued_at=order.issued_at,
            received_at=received[-1].recorded_at if received else None,
            ended_at=order.ended_at,
        )


def _clocks(known: KnownCase) -> Iterator[ClockRow]:
    for run in clocks_of(known).runs():
        yield _clock(known, run)


def _clock(known: KnownCase, run: Run) -> ClockRow:
    assert run.due_at is not None
    assert run.first_due_at is not None
    order = known.case.orders.get(run.order)
    return ClockRow(
        complaint=complaint_of(known.stream),
        clock=run.clock.id,
        order_id=run.order or "",
        run=run.number,
        unit=(order.holder if order else None) or known.registered_by,
        running=run.phase == "open" and run.paused_at is None,
        soft=run.clock.soft,
        provisional=run.provisional,
        started_at=run.started_at,
        first_due_at=run.first_due_at,
        due_at=run.due_at,
        warn_at=run.warnings[0][1] if run.warnings else None,
        ended_at=run.ended_at,
        warned=run.ever_warned,
        missed=run.overran,
    )
