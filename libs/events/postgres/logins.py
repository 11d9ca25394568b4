"""Logins of the services' roles.

Migrations create the roles `redress_*` without a way in; whoever runs the processes gives each a
password here and hands it to that process alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

SERVICES = ("relay", "intake", "dispatch", "sla", "analytics", "console", "grafana", "import")
"""Every role there is; `import` has no process, whoever brings a ledger in becomes it."""


def role_of(service: str) -> str:
    """Name of the database role of a service's process."""
    return f"redress_{service}"


def give_logins(
    dsn: str, password_of: Callable[[str], str], services: Iterable[str] = SERVICES
) -> dict[str, str]:
    """Give the services' roles a password each; returns each one's address of the database.

    Repeatable: the last password counts. `password_of` is asked for each role by name.
    """
    passwords = {service: password_of(role_of(service)) for service in services}
    connection = psycopg2.connect(dsn)
    with contextlib.closing(connection), connection, connection.cursor() as cursor:
        for service, password in passwords.items():
            cursor.execute(
                sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
                    sql.Identifier(role_of(service)), sql.Literal(password)
                )
            )
    return {
        service: dsn_as(dsn, role_of(service), password) for service, password in passwords.items()
    }


def dsn_as(dsn: str, role: str, password: str) -> str:
    """The same server and database, another role."""
    parts = urlsplit(dsn)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role)}:{quote(password)}@{host}"))
