"""Databases of a server: create, copy, drop, address."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec
import psycopg2
from psycopg2 import sql
from psycopg2.extensions import cursor

_SQL = Path(__file__).parent / "sql"


def create_database(dsn: str, name: str, *, template: str = "template0") -> str:
    """Create database `name` as a copy of `template` if absent; returns its address."""
    with _session(dsn) as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if cursor.fetchone() is None:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8' LOCALE 'C.UTF-8'")
            cursor.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return dsn_of(dsn, name)


def drop_database(dsn: str, name: str) -> None:
    """Drop a database, cutting off whoever is still connected; nothing happens if absent."""
    with _session(dsn) as cursor:
        cursor.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def forgo_durability(dsn: str) -> None:
    """Let commits in a database that will be thrown away wait for no disk; for later sessions."""
    name = urlsplit(dsn).path.removeprefix("/")
    with _session(dsn) as cursor:
        cursor.execute(
            sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name))
        )


@contextlib.contextmanager
def _session(dsn: str) -> Iterator[cursor]:
    connection = psycopg2.connect(dsn)
    try:
        # Databases are created and dropped outside of any transaction.
        connection.autocommit = True
        with connection.cursor() as at:
            yield at
    finally:
        connection.close()


def dsn_of(dsn: str, database: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{quote(database)}"))


class ServerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a database says about itself; `simulation` is None before the first migration."""

    version: int
    database: str
    encoding: str
    fsync: bool
    synchronous_commit: bool
    full_page_writes: bool
    data_checksums: bool
    in_recovery: bool
    bytes: int
    simulation: bool | None


def server_facts(dsn: str) -> ServerFacts:
    """Ask a database for its version, its durability settings and its size in bytes."""
    with _session(dsn) as at:
        at.execute((_SQL / "server_facts.sql").read_text(encoding="utf-8"))
        row = at.fetchone()
        assert row is not None
        facts = dict(row[0])
        if facts.pop("migrated"):
            at.execute("SELECT simulation FROM events.clock")
            clock = at.fetchone()
            facts["simulation"] = bool(clock and clock[0])
    return msgspec.convert({"simulation": None, **facts}, ServerFacts)
