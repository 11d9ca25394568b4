"""How far an application has followed its upstreams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventsourcing.persistence import (
    IntegrityError,
    ProcessRecorder,
    Tracking,
    TrackingRecorder,
)

from libs.events.envelope import Append
from libs.events.library.naming import Naming
from libs.events.library.notifications import Feed
from libs.events.postgres.database import Cursor, Database
from libs.events.postgres.statements import statement
from libs.events.postgres.store import EventStore

_TRACK = statement("tracking_put")
_TRACKED = statement("tracking_get")


class Tracks(TrackingRecorder):
    """Remembers how far `follower` has followed each upstream, in one row each."""

    def __init__(self, database: Database, follower: str) -> None:
        self._database, self._follower = database, follower

    def insert_tracking(self, tracking: Tracking) -> None:
        """Move on; raises IntegrityError when that or a later notification was tracked before."""
        with self._database.transaction() as cursor:
            self._track(cursor, tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        """The last notification of an upstream that was tracked."""
        with self._database.transaction() as cursor:
            cursor.execute(_TRACKED, {"follower": self._follower, "upstream": application_name})
            row = cursor.fetchone()
        return None if row is None else int(row[0])

    def _track(self, cursor: Cursor, tracking: Tracking) -> None:
        values = {
            "follower": self._follower,
            "upstream": tracking.application_name,
            "id": tracking.notification_id,
        }
        cursor.execute(_TRACK, values)
        if cursor.fetchone() is None:
            raise IntegrityError(f"{tracking} is not later than what was tracked before")


class Process(Tracks, Feed, ProcessRecorder):
    """Appends and tracks in one transaction."""

    def __init__(
        self,
        database: Database,
        store: EventStore,
        naming: Naming,
        follower: str,
        *,
        patience: float = 0.0,
    ) -> None:
        Feed.__init__(self, database, store, naming, patience=patience)
        Tracks.__init__(self, database, follower)

    def _write(
        self,
        cursor: Cursor,
        appends: Sequence[Append],
        *,
        tracking: Tracking | None = None,
        **kwargs: Any,  # noqa: ANN401 - the library's signature
    ) -> None:
        if tracking is not None:
            self._track(cursor, tracking)
        super()._write(cursor, appends, **kwargs)
