"""The options by which a command looks at the past."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"'{text}' is no ISO 8601 time") from None


AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        parser=_instant,
        help="What was on record then. Without an offset: this machine's local time.",
    ),
]
AsHappened = Annotated[
    datetime | None,
    typer.Option(
        "--as-happened",
        metavar="TIME",
        parser=_instant,
        help="What had happened by then, as far as is known today.",
    ),
]


def past_query(as_of: datetime | None, as_happened: datetime | None) -> dict[str, str]:
    """The query that asks a service for this past; empty for the present."""
    asked = {"as_of": as_of, "as_happened": as_happened}
    return {name: at.isoformat() for name, at in asked.items() if at is not None}
