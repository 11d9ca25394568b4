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
    handler: CaseHandler


@contextlib.asynccontextmanager
async def open_office(
    *,
    service: str,
    dsn: str,
    keys: Path,
    regulations: Regulations,
    headquarters: str,
    on_new_key: Callable[[Path], None],
    decided_again: Callable[[], None],
) -> AsyncIterator[Office]:
    """Open the store as `service`; on leaving, everything already taken in is stored first."""
    database = Database(dsn, application_name=f"redress-{service}")
    store = EventStore(database, service=service, registry=REGISTRY)
    await store.start()
    time = await asyncio.to_thread(StoreTime, database)
    policy = Policy(headquarters=headquarters, simulation=time.simulation)
    cases = Cases(store, regulations)
    case_keys = CaseKeys(database, KeyRing(keys, on_new_key))
    handler = CaseHandler(
        service=service,
        store=store,
        store_id=await asyncio.to_thread(_store_id, database),
        cases=cases,
        keys=case_keys,
        regulations=regulations,
        policy=policy,
        time=time,
        decided_again=decided_again,
    )
    following = asyncio.create_task(time.follow(cases.forget_all))
    try:
        yield Office(
            database=database,
            store=store,
            regulations=regulations,
            time=time,
            policy=policy,
            cases=cases,
            keys=case_keys,
            handler=handler,
        )
    finally:
        following.cancel()
        await store.close()
        database.close()


def _store_id(database: Database) -> str:
    with database.transaction() as cursor:
        cursor.execute(STORE_ID)
        row = cursor.fetchone()
    assert row is not None
    return str(row[0])
