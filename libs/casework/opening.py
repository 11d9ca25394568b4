"""Opening what a service needs to take steps: store, time, keys, cases, handler."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec

from libs.access.keyring import KeyRing
from libs.access.policy import Policy
from libs.casework.casekeys import CaseKeys
from libs.casework.cases import Cases
from libs.casework.files import Files
from libs.casework.handler import CaseHandler
from libs.casework.registry import REGISTRY
from libs.casework.regulations import Regulations
from libs.casework.storetime import StoreTime
from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore

STORE_ID = (Path(__file__).parent / "sql" / "store_id.sql").read_text(encoding="utf-8")


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """What a service that takes steps has open."""

    database: Database
    store: EventStore
    regulations: Regulations
    time: StoreTime
    policy: Policy
    cases: Cases
    keys: CaseKeys
    files: Files
    handler: CaseHandler


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How an office is opened: as which service, on which store and key files, by which rules.

    `patience`: seconds that a step waits for a store that is away.
    `on_new_key` is told of a key file made, `decided_again` of every try that has to be repeated.
    """

    service: str
    dsn: str
    keys: Path
    regulations: Regulations
    headquarters: str
    patience: float
    on_new_key: Callable[[Path], None]
    decided_again: Callable[[], None]


@contextlib.asynccontextmanager
async def open_office(plan: Plan) -> AsyncIterator[Office]:
    """Open the store; on leaving, everything already taken in is stored first."""
    database = Database(plan.dsn, application_name=f"redress-{plan.service}")
    async with EventStore(
        database, service=plan.service, registry=REGISTRY, patience=plan.patience
    ) as store:
        office = await asyncio.to_thread(_furnished, plan, database, store)
        following = asyncio.create_task(office.time.follow())
        try:
            yield office
        finally:
            following.cancel()
    database.close()


def _furnished(plan: Plan, database: Database, store: EventStore) -> Office:
    cases = Cases(store, plan.regulations)
    keys = CaseKeys(database, KeyRing(plan.keys, plan.on_new_key))
    files = Files(database)

    def forget() -> None:
        cases.forget_all()
        keys.forget_all()

    time = StoreTime(database, forget)
    policy = Policy(headquarters=plan.headquarters, simulation=time.simulation)
    handler = CaseHandler(
        service=plan.service,
        store=store,
        store_id=store_id_of(database),
        cases=cases,
        keys=keys,
        files=files,
        regulations=plan.regulations,
        policy=policy,
        time=time,
        decided_again=plan.decided_again,
    )
    return Office(
        database=database,
        store=store,
        regulations=plan.regulations,
        time=time,
        policy=policy,
        cases=cases,
        keys=keys,
        files=files,
        handler=handler,
    )


def store_id_of(database: Database) -> str:
    """The short word that begins the ids of all complaints of this store."""
    with database.transaction() as cursor:
        cursor.execute(STORE_ID)
        row = cursor.fetchone()
    assert row is not None
    return str(row[0])
