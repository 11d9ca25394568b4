"""Telling the database which event types there are and which service may append each."""

from __future__ import annotations

from libs.casework.registry import REGISTRY
from libs.events.postgres.database import Database
from libs.events.postgres.types import install_types


def install_events(dsn: str) -> None:
    """Make the database enforce the registry, as its owner. Repeatable; comes after migrations."""
    database = Database(dsn, application_name="redress-install", max_connections=1)
    try:
        with database.transaction() as cursor:
            install_types(cursor, REGISTRY)
    finally:
        database.close()
