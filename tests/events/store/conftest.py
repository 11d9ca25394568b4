from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from libs.events.postgres.database import Database
from libs.events.postgres.store import EventStore
from libs.events.postgres.types import install_types
from tests.events.store.given import REGISTRY


def prepared(dsn: str) -> Database:
    database = Database(dsn, application_name="test")
    with database.transaction() as cursor:
        install_types(cursor, REGISTRY)
    return database


@pytest.fixture(scope="module")
def shared(module_database: str) -> Iterator[Database]:
    """The module's database, as its owner, knowing the test's event types."""
    database = prepared(module_database)
    yield database
    database.close()


@pytest.fixture
def fresh(fresh_database: str) -> Iterator[Database]:
    """A database of the test's own."""
    database = prepared(fresh_database)
    yield database
    database.close()


@pytest.fixture
def intake(shared: Database) -> EventStore:
    return EventStore(shared, service="intake", registry=REGISTRY)


@pytest.fixture
def dispatch(shared: Database) -> EventStore:
    return EventStore(shared, service="dispatch", registry=REGISTRY)


@pytest.fixture
def rows(shared: Database) -> Callable[..., list[tuple]]:
    """Asks the module's database."""

    def ask(sql: str, *arguments: object) -> list[tuple]:
        with shared.transaction() as cursor:
            cursor.execute(sql, arguments)
            return cursor.fetchall()

    return ask
