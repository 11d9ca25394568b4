"""A checked ledger becomes events: told, sealed, laid down in parts, in force at one commit."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from datetime import datetime

import msgspec

from libs.access.keyring import KeyRing
from libs.access.policy import province_of
from libs.access.sealing import new_case_key
from libs.casework.bodies import Imported, sealed_body
from libs.casework.folding import SYSTEM
from libs.casework.identifiers import derived_complaint, stream_of
from libs.casework.registry import IMPORTER, REGISTRY
from libs.complaints.retelling import ToldEvent
from libs.events.envelope import Actor, NewEvent
from libs.events.postgres.database import Database
from libs.events.postgres.staging import NewStream, Published, Staging, staging_of
from services.intake.imports.checking import Job, Tell, complaints, history
from services.intake.imports.faults import LedgerRefused
from services.intake.imports.rows import ToldComplaint

PART = 250
"""Rows laid down at a time: what a kill loses, and what is held in memory."""
MANNER = b"1"
"""Changes when the same ledger and map would be told as other events."""


class Bringing(msgspec.Struct, frozen=True, kw_only=True):
    """What bringing in takes besides the ledger: the store's word, its keys, who does it."""

    database: Database
    ring: KeyRing
    store_id: str
    staff: str


def bring_in(job: Job, tools: Bringing, rows: int, tell: Tell) -> Published:
    """Make events of a ledger of so many rows that has been checked; going on where another run
    was interrupted. A repeat returns the first result.

    Raises StagingBusy while another process does the same, LedgerRefused if the file has changed,
    StagingRefused where the store refuses; then none of the ledger is in force.
    """
    with staging_of(
        tools.database,
        staging=job.fingerprint,
        plan=_plan(job, tools.staff),
        service=IMPORTER,
        registry=REGISTRY,
    ) as staging:
        if staging.published is not None:
            return staging.published
        tell(staging.laid)
        for part in _parts(_told(job, staging)):
            staging.lay_down(
                [_new_stream(job, tools, nth, told, staging.begun_at) for nth, told in part]
            )
            tell(part[-1][0])
        return staging.publish(rows)


def _told(job: Job, staging: Staging) -> Iterator[tuple[int, ToldComplaint]]:
    """What is still to be laid down, each with its place."""
    rows = enumerate(complaints(job, staging.begun_at), start=1)
    for nth, told in itertools.islice(rows, staging.laid, None):
        if isinstance(told, list):
            raise LedgerRefused(f"row {told[0].row} is not what it was when the file was checked")
        yield nth, told


def _parts(
    rows: Iterator[tuple[int, ToldComplaint]],
) -> Iterator[list[tuple[int, ToldComplaint]]]:
    while part := list(itertools.islice(rows, PART)):
        yield part


def _new_stream(
    job: Job, tools: Bringing, nth: int, told: ToldComplaint, until: datetime
) -> NewStream:
    digest = hashlib.sha256(f"{job.fingerprint}/{told.row}".encode()).digest()
    registered = told.steps[0]
    stream = stream_of(derived_complaint(tools.store_id, registered.at, digest))
    key = new_case_key()
    events = history(job, told, until, judge=False).events
    return NewStream(
        nth=nth,
        stream=stream,
        command_id=f"import-{digest[:16].hex()}",
        command_hash=digest,
        actor=Actor(staff=tools.staff, role=SYSTEM, unit=registered.unit),
        events=tuple(
            NewEvent(
                type=one.event.type,
                schema=REGISTRY[one.event.type].schema,
                body=sealed_body(one.event, stream, version, key, _origin(job, told, one)),
                happened_at=one.event.happened_at,
            )
            for version, one in enumerate(events, start=1)
        ),
        number=told.number,
        wrapped_key=tools.ring.wrap(key, province_of(registered.unit)),
    )


def _origin(job: Job, told: ToldComplaint, one: ToldEvent) -> Imported:
    return Imported(
        ledger=job.fingerprint,
        row=told.row,
        source=job.plan.source,
        role=one.role,
        unit=one.unit,
        staff=one.staff,
    )


def _plan(job: Job, staff: str) -> bytes:
    """Hash of everything that decides about the events, but for the file and the time."""
    pinned = job.pinned
    parts = (
        MANNER,
        job.plan.digest(),
        f"{pinned.procedure.id} {pinned.procedure.version} {pinned.calendar.version}".encode(),
        staff.encode(),
    )
    return hashlib.sha256(b"\n".join(parts)).digest()
