"""What the database is told after its migrations: who may append what, and the rules in force."""

from __future__ import annotations

from pathlib import Path

from libs.casework.registry import ALL
from libs.casework.regulations import documents
from libs.events.postgres.database import Database
from libs.events.postgres.documents import publish_document
from libs.events.postgres.types import install_types


def install_events(dsn: str) -> None:
    """Make the database enforce the registry, as its owner. Repeatable; comes after migrations."""
    database = Database(dsn, application_name="redress-install", max_connections=1)
    try:
        with database.transaction() as cursor:
            install_types(cursor, ALL)
    finally:
        database.close()


def keep_regulations(dsn: str, folder: Path) -> None:
    """Keep the procedures and calendars of `folder` in the database, as its owner. Repeatable.

    A file that is new or has changed since the last time is put in force. Complaints pinned to a
    version find it there when the files have moved on. Raises
    `DocumentChanged` for a version that is known with another content, `ProcedureError` for a
    faulty file.
    """
    database = Database(dsn, application_name="redress-install", max_connections=1)
    try:
        with database.transaction() as cursor:
            for document in documents(folder):
                publish_document(cursor, document, "folder")
    finally:
        database.close()
