"""Finding a procedure by what people call it: a file, an id, or a version in the database."""

from __future__ import annotations

from pathlib import Path

from libs.casework.regulations import PROCEDURE
from libs.events.postgres.database import Database
from libs.events.postgres.documents import Documents
from libs.procedures.document import suggestion
from libs.procedures.schema import load_procedure
from libs.procedures.yaml_reading import read_raw
from redress.failures import CommandError
from redress.home import Home


def content_of(name: str, procedures: Path) -> tuple[bytes, str]:
    """The bytes of a procedure and what to call it in messages.

    `name` is a file, the id of one in the folder `procedures`, or `id@version` of what the database
    has kept (`id@` for the version in force). Raises `CommandError` where there is none.
    """
    if Path(name).is_file():
        return read_raw(Path(name)), name
    if "@" in name:
        return _kept(name), name
    ids = {load_procedure(path).id: path for path in sorted(procedures.glob("*.yaml"))}
    if name not in ids:
        raise CommandError(f"no procedure '{name}'{suggestion(name, ids)}")
    return read_raw(ids[name]), ids[name].name


def _kept(name: str) -> bytes:
    id_, _, version = name.partition("@")
    database = Database(
        Home.of_environment().owner_url(), application_name="redress-procedure", max_connections=1
    )
    try:
        documents = Documents(database)
        in_force = {known: last for kind, known, last in documents.in_force() if kind == PROCEDURE}
        content = documents.content(PROCEDURE, id_, version or in_force.get(id_, ""))
    finally:
        database.close()
    if content is None:
        raise CommandError(f"the database keeps no '{name}'{suggestion(id_, in_force)}")
    return content
