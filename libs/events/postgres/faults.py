"""What an error in a projection means: wait and repeat, or set the stream aside."""

from __future__ import annotations

import traceback
from pathlib import Path

import psycopg2

from libs.events.errors import StoreUnavailable

_ROOT = Path(__file__).parents[3]


def is_transient(error: Exception) -> bool:
    """Whether waiting can help: the database was away, busy or in conflict with another."""
    if isinstance(error, psycopg2.errors.ProgramLimitExceeded):
        return False
    return isinstance(error, StoreUnavailable | psycopg2.OperationalError | psycopg2.InterfaceError)


def is_denied(error: Exception) -> bool:
    """Whether the database refused it for want of a right."""
    return isinstance(error, psycopg2.errors.InsufficientPrivilege)


def reason_of(error: Exception) -> str:
    """Class, SQLSTATE and place in our code; never the text, which may hold personal data."""
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(_ROOT) and "site-packages" not in frame.filename
    ]
    place = f"{Path(ours[-1].filename).relative_to(_ROOT)}:{ours[-1].lineno}" if ours else "?"
    state = getattr(error, "pgcode", None)
    return f"{type(error).__name__}{f' {state}' if state else ''} at {place}"
