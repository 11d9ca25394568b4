"""Logins of the services' roles.

Migrations create the roles `redress_*` without a way in; whoever runs the processes gives each a
password here and hands it to that process alone.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql


def service_roles(dsn: str) -> list[str]:
    """Names of all roles of the product's processes on this server, in order."""
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname FROM pg_roles"
            " WHERE rolname LIKE 'redress\\_%' AND rolname <> current_user ORDER BY rolname"
        )
        names = [name for (name,) in cursor]
    connection.close()
    return names


def give_logins(dsn: str, password_of: Callable[[str], str]) -> dict[str, str]:
    """Let every service role log in with its password; returns the address for each role.

    Repeatable: the last password counts.
    """
    roles = service_roles(dsn)
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        for role in roles:
            cursor.execute(
                sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(password_of(role))
                )
            )
    connection.close()
    return {role: dsn_as(dsn, role, password_of(role)) for role in roles}


def dsn_as(dsn: str, role: str, password: str) -> str:
    """The same server and database, another role."""
    parts = urlsplit(dsn)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role)}:{quote(password)}@{host}"))
