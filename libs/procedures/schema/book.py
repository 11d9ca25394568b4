"""All procedures of an installation, by id and version."""

from __future__ import annotations

from pathlib import Path

from libs.procedures.document import ProcedureError, suggestion
from libs.procedures.schema.loading import load_procedure
from libs.procedures.schema.procedure import Procedure


class UnknownProcedure(LookupError):
    """No procedure of this id, or none of it in this version."""


class ProcedureBook:
    """The procedure files of a folder (`*.yaml`, not below it), read once.

    Raises `ProcedureError` for the first faulty file, and for an id that two files claim in the
    same version.
    """

    def __init__(self, folder: Path) -> None:
        self._procedures: dict[str, dict[str, Procedure]] = {}
        for path in sorted(folder.glob("*.yaml")):
            procedure = load_procedure(path)
            versions = self._procedures.setdefault(procedure.id, {})
            if procedure.version in versions:
                raise ProcedureError(path.name, 1, "id", f"'{procedure.id}' is there already")
            versions[procedure.version] = procedure

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all procedures."""
        return tuple(self._procedures)

    def get(self, id: str, version: str | None = None) -> Procedure:  # noqa: A002 - the field's name
        """The procedure; without a version the folder's last one. Raises `UnknownProcedure`."""
        versions = self._procedures.get(id)
        if versions is None:
            raise UnknownProcedure(f"no procedure '{id}'{suggestion(id, self._procedures)}")
        if version is None:
            return list(versions.values())[-1]
        if version not in versions:
            raise UnknownProcedure(f"procedure '{id}' has no version '{version}'")
        return versions[version]
