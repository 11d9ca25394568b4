"""The registry as the database enforces it."""

from __future__ import annotations

from libs.events.postgres.database import Cursor
from libs.events.postgres.statements import statement
from libs.events.registry import Registry

_ADD = statement("types_add")
_REMOVE = statement("types_remove")


def install_types(cursor: Cursor, registry: Registry) -> None:
    """Makes `events.event_types` say exactly what the registry says. Owner only; repeatable.

    Stored events of a type that is no longer registered stay; nobody can append another.
    """
    owners = sorted(registry.owners())
    arguments = ([name for name, _ in owners], [service for _, service in owners])
    cursor.execute(_ADD, arguments)
    cursor.execute(_REMOVE, arguments)
