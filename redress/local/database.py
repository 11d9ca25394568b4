"""The product's database on this machine: server started, database made, schema up to date."""

from __future__ import annotations

from libs.casework.installing import install_events, keep_regulations
from libs.events.postgres.databases import create_database, server_facts
from libs.events.postgres.migrate import migrate
from redress.home import Home
from redress.local.postgres import DATABASE, PostgresError

OLDEST_SERVER = 15


def start_database(home: Home) -> str:
    """Start the embedded server and make its database; an outside one is taken as it is.

    Returns the owner's address. Repeatable. Raises PostgresError if the outside server is too old.
    """
    if home.outside_url is not None:
        version = server_facts(home.outside_url).version
        if version < OLDEST_SERVER:
            raise PostgresError(
                f"REDRESS_DATABASE_URL is PostgreSQL {version}; {OLDEST_SERVER} or newer is needed"
            )
        return home.outside_url
    home.server.start()
    return create_database(home.server.dsn("postgres"), DATABASE)


def migrated_database(home: Home) -> tuple[str, list[str]]:
    """Start, then bring the schema up to date: the owner's address and the files applied now."""
    url = start_database(home)
    applied = migrate(url)
    install_events(url)
    keep_regulations(url, home.procedures)
    return url, applied
