"""Procedure files: YAML to checked data. See docs/procedures.md for how one is written."""

from __future__ import annotations

from libs.procedures.document import ProcedureError
from libs.procedures.schema.book import ProcedureBook, UnknownProcedure
from libs.procedures.schema.loading import load_procedure, parse_procedure
from libs.procedures.schema.procedure import Procedure

__all__ = [
    "Procedure",
    "ProcedureBook",
    "ProcedureError",
    "UnknownProcedure",
    "load_procedure",
    "parse_procedure",
]
