"""A real PostgreSQL for the tests: one cluster per run, one database per test.

The cluster is the product's own embedded server in a temporary folder; with `--postgres=debian` the
same supervisor runs Debian's PostgreSQL; REDRESS_TEST_DATABASE_URL names a server that runs already
(a role that may create databases and roles). Migrations run once into a template; every test gets a
copy of it. fsync stays on: a copy costs 40 ms with it, 80 ms without (its drop 80 and 25 ms).
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from libs.casework.installing import install_events
from libs.events.postgres.databases import create_database, drop_database
from libs.events.postgres.logins import dsn_as, give_logins
from libs.events.postgres.migrate import migrate
from redress.local.database import OLDEST_SERVER
from redress.local.postgres import PostgresServer
from tests.real_parts import absent

# Known passwords: several runs may share one outside server and set the same ones.
_PASSWORD = "for-tests-only"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres",
        choices=("embedded", "debian"),
        default="embedded",
        help="which PostgreSQL the tests run on",
    )


def debian_binaries() -> Path:
    """Programs of the oldest supported PostgreSQL that Debian's packages have put here."""
    found = {
        int(path.parent.name): path
        for path in Path("/usr/lib/postgresql").glob("*/bin")
        if path.parent.name.isdigit() and int(path.parent.name) >= OLDEST_SERVER
    }
    if not found:
        absent("Debian's PostgreSQL", "apt-get install postgresql")
    return found[min(found)]


@pytest.fixture(scope="session")
def postgres_dsn(request: pytest.FixtureRequest) -> Iterator[str]:
    """The server's maintenance database, as its owner."""
    outside = os.environ.get("REDRESS_TEST_DATABASE_URL")
    if outside:
        yield outside
        return
    folder = Path(tempfile.mkdtemp(prefix="redress-test-"))
    wanted = request.config.getoption("--postgres")
    server = PostgresServer(folder, binaries=debian_binaries() if wanted == "debian" else None)
    try:
        server.start()
        yield server.dsn("postgres")
    finally:
        server.stop()
        shutil.rmtree(folder)


def restore_logins(dsn: str) -> None:
    """Let every service's role log in with the password that `role_dsn` uses."""
    give_logins(dsn, lambda _role: _PASSWORD)


@pytest.fixture(scope="session")
def migrated_template(postgres_dsn: str) -> Iterator[str]:
    """Name of a migrated database to copy; its roles can log in."""
    name = f"redress_template_{uuid.uuid4().hex[:12]}"
    dsn = create_database(postgres_dsn, name)
    migrate(dsn)
    install_events(dsn)
    restore_logins(dsn)
    yield name
    drop_database(postgres_dsn, name)


@pytest.fixture(scope="session")
def new_database(postgres_dsn: str, migrated_template: str) -> Callable[[], str]:
    """Makes a fresh migrated database and returns its address; for fixtures of any scope."""

    def make() -> str:
        name = f"redress_test_{uuid.uuid4().hex[:12]}"
        return create_database(postgres_dsn, name, template=migrated_template)

    return make


@pytest.fixture
def fresh_database(postgres_dsn: str, new_database: Callable[[], str]) -> Iterator[str]:
    """A migrated database for one test, as its owner; dropped afterwards."""
    dsn = new_database()
    yield dsn
    drop_database(postgres_dsn, dsn.rpartition("/")[2])


@pytest.fixture(scope="module")
def module_database(postgres_dsn: str, new_database: Callable[[], str]) -> Iterator[str]:
    """A migrated database shared by the tests of one module; dropped afterwards."""
    dsn = new_database()
    yield dsn
    drop_database(postgres_dsn, dsn.rpartition("/")[2])


@pytest.fixture
def empty_database(postgres_dsn: str) -> Iterator[str]:
    """A database without any migration, for one test; dropped afterwards."""
    name = f"redress_empty_{uuid.uuid4().hex[:12]}"
    yield create_database(postgres_dsn, name)
    drop_database(postgres_dsn, name)


@pytest.fixture(scope="session")
def role_dsn_of() -> Callable[[str, str], str]:
    """Address of a given database as a service role, for fixtures of any scope."""

    def address(role: str, database: str) -> str:
        return dsn_as(database, role, _PASSWORD)

    return address


@pytest.fixture
def role_dsn(request: pytest.FixtureRequest) -> Callable[..., str]:
    """Address of a database as a service role: `role_dsn("redress_intake")`.

    The database is the test's `fresh_database`, or the one whose address is given second.
    """

    def address(role: str, database: str | None = None) -> str:
        return dsn_as(database or request.getfixturevalue("fresh_database"), role, _PASSWORD)

    return address
