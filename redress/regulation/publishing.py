"""Putting a procedure in force in a running installation."""

from __future__ import annotations

from pathlib import Path

import msgspec

from libs.casework.publishing import publish as put_in_force
from libs.casework.regulations import PROCEDURE
from libs.events.envelope import Actor
from libs.events.postgres.database import Database
from libs.events.postgres.documents import Document, DocumentChanged, Documents
from libs.procedures.schema import parse_procedure
from libs.procedures.yaml_reading import read_raw
from redress.failures import CommandError

OPERATOR = Actor(staff="operator", role="system", unit="national")
"""Who publishes by the command line: whoever may act as the database's owner."""


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: `before` is the version that was in force; `new` is false for a repeat."""

    id: str
    version: str
    before: str | None
    new: bool


def publish(path: Path, dsn: str) -> Published:
    """Check a file and put it in force, as the owner of the database. Repeatable.

    Running services take it up by themselves; complaints that run keep their version. Raises
    `ProcedureError` for a faulty file, `CommandError` where its declared version is known with
    another content.
    """
    content = read_raw(path)
    procedure = parse_procedure(content, path.name)
    document = Document(kind=PROCEDURE, id=procedure.id, version=procedure.version, content=content)
    database = Database(dsn, application_name="redress-publish", max_connections=1)
    try:
        before = {
            id_: version
            for kind, id_, version in Documents(database).in_force()
            if kind == PROCEDURE
        }
        new = put_in_force(dsn, document, OPERATOR)
    except DocumentChanged as changed:
        reason = f"version '{changed.version}' of '{changed.id}' is known with another content"
        raise CommandError(f"{path}: {reason}; give the file a new version") from None
    finally:
        database.close()
    return Published(
        id=procedure.id, version=procedure.version, before=before.get(procedure.id), new=new
    )
