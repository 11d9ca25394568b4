"""Databases of a server: create, copy, drop, address."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql


def create_database(dsn: str, name: str, *, template: str | None = None) -> str:
    """Create database `name` (a copy of `template` when given) if absent; returns its address."""
    connection = psycopg2.connect(dsn)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if cursor.fetchone() is None:
                statement = sql.SQL(
                    "CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8' LOCALE 'C.UTF-8'"
                )
                cursor.execute(
                    statement.format(sql.Identifier(name), sql.Identifier(template or "template0"))
                )
    finally:
        connection.close()
    return dsn_of(dsn, name)


def drop_database(dsn: str, name: str) -> None:
    """Drop a database, cutting off whoever is still connected; nothing happens if absent."""
    connection = psycopg2.connect(dsn)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
    finally:
        connection.close()


def dsn_of(dsn: str, database: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{quote(database)}"))
