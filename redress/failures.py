"""Errors a user can act on: one line on standard error and an exit code.

1: the answer is no, or a check failed. 2: the command was given wrongly. 3: something this machine
should have is missing or not running.
"""

from __future__ import annotations

import psycopg2

from libs.events.errors import StoreUnavailable
from libs.events.kafka.admin import KafkaAway, TopicsDiffer
from libs.events.postgres.migrate import MigrationError
from libs.events.postgres.simulation import ClockRefused
from libs.events.postgres.staging import StagingBusy, StagingRefused
from libs.procedures.document import ProcedureError
from redress.local.jars import JarsError
from redress.local.kafka import KafkaFailed
from redress.local.postgres import PostgresError
from redress.local.privileges import PrivilegeError
from redress.local.processes import ProcessesError
from services.intake.imports.columnmap import MapError
from services.intake.imports.faults import LedgerRefused

_REFUSALS = (
    ClockRefused,
    LedgerRefused,
    MapError,
    MigrationError,
    ProcedureError,
    StagingBusy,
    StagingRefused,
    TopicsDiffer,
)
"""What says in its own words why something cannot be done."""


class CommandError(Exception):
    """A command cannot do what was asked; the text says why, in one line."""

    def __init__(self, reason: str, *, exit_code: int = 1) -> None:
        super().__init__(reason)
        self.exit_code = exit_code


def explained(error: Exception) -> CommandError | None:
    """The error as a user should see it; None for a fault of the program itself."""
    if isinstance(error, CommandError):
        return error
    if isinstance(error, (PostgresError, PrivilegeError, ProcessesError, JarsError, KafkaFailed)):
        return CommandError(str(error), exit_code=3)
    if isinstance(error, (psycopg2.OperationalError, StoreUnavailable)):
        reason = str(error).strip().splitlines()[0]
        return CommandError(f"the database does not answer: {reason}", exit_code=3)
    if isinstance(error, KafkaAway):
        return CommandError(f"Kafka does not answer: {error}", exit_code=3)
    if isinstance(error, _REFUSALS):
        return CommandError(str(error))
    return None
