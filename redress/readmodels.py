"""Every projection of the installation, for tools that look at them all."""

from __future__ import annotations

from libs.events.postgres.applying import Projection
from libs.events.postgres.database import Database


def projections(database: Database) -> list[Projection]:
    return []
