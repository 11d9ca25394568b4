"""The notification log: one kind's events in the order of the feed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Event
from typing import Any

from eventsourcing.persistence import (
    ApplicationRecorder,
    Notification,
    StoredEvent,
    Subscription,
)

from libs.events.library.naming import Naming, decode
from libs.events.library.streams import Stream
from libs.events.postgres.database import Database
from libs.events.postgres.statements import statement
from libs.events.postgres.store import EventStore

_FEED = statement("library_feed")
_HEAD = statement("library_head")
_POSITIONS = statement("library_positions")

_POLL_S = 0.02
_PAGE = 500


class Feed(Stream, ApplicationRecorder):
    """Also reads its kind's events in the order of the feed: notification id = position + 1.

    The ids are dense over the whole feed, so those of one kind have gaps where others wrote.
    """

    def __init__(
        self, database: Database, store: EventStore, naming: Naming, *, patience: float = 0.0
    ) -> None:
        super().__init__(database, store, naming)
        self._patience = patience

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        **kwargs: Any,  # noqa: ANN401 - the library's signature
    ) -> Sequence[int] | None:
        """Append all of them, or none; returns their notification ids.

        The relay gives those a moment later. None when it has not within `patience` seconds: the
        events are stored all the same, and will be notified.
        """
        super().insert_events(stored_events, **kwargs)
        deadline = time.monotonic() + self._patience
        while (ids := self._notification_ids(stored_events)) is None:
            if time.monotonic() >= deadline:
                return None
            time.sleep(_POLL_S)
        return ids

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Notifications from `start` to `stop`, of the given topics (none: all)."""
        values = {
            "kind": self._naming.kind,
            "first": (start or 0) + (0 if inclusive_of_start else 1),
            "last": stop,
            "topics": list(topics),
            "limit": limit,
        }
        with self._database.transaction() as cursor:
            cursor.execute(_FEED, values)
            return [self._notification(*row) for row in cursor]

    def max_notification_id(self) -> int | None:
        """The last one of this kind; None while there is none."""
        with self._database.transaction() as cursor:
            cursor.execute(_HEAD, {"kind": self._naming.kind})
            row = cursor.fetchone()
        return None if row is None or row[0] is None else int(row[0])

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Follow the notifications after `gt`, waiting for new ones."""
        return Following(self, gt, topics)

    def _notification(self, id_: int, stream: str, version: int, body: bytes) -> Notification:
        return Notification(
            self._naming.originator_of(stream),
            self._naming.originator_version(version),
            *decode(body),
            id_,
        )

    def _notification_ids(self, events: Sequence[StoredEvent]) -> list[int] | None:
        keys = [
            (
                self._naming.stream_of(each.originator_id),
                self._naming.stream_version(each.originator_version),
            )
            for each in events
        ]
        values = {"streams": [k[0] for k in keys], "versions": [k[1] for k in keys]}
        with self._database.transaction() as cursor:
            cursor.execute(_POSITIONS, values)
            found = {(stream, version): id_ for stream, version, id_ in cursor}
        return [found[key] for key in keys] if len(found) == len(keys) else None


class Following(Subscription[ApplicationRecorder]):
    """A subscription that polls the feed; closed by `stop` or by leaving its context."""

    def __init__(self, recorder: Feed, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder, gt, topics)
        self._stopped = Event()
        self._page: list[Notification] = []

    def stop(self) -> None:
        """End the iteration, also one that waits."""
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        """The next notification, when there is one."""
        while not self._stopped.is_set():
            if self._page:
                return self._page.pop()
            self._page = list(
                self._recorder.select_notifications(
                    self._last_notification_id, _PAGE, None, self._topics, inclusive_of_start=False
                )
            )[::-1]
            if self._page:
                self._last_notification_id = self._page[0].id
            else:
                self._stopped.wait(_POLL_S)
        raise StopIteration
