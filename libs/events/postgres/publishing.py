"""How far the feed is published, kept in PostgreSQL: a lease with an epoch, and a position that
moves only after every acknowledgement."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from libs.events.envelope import FeedEvent
from libs.events.postgres.database import Cursor, Database
from libs.events.postgres.delivering import Place, store_id
from libs.events.postgres.feed import head, read_feed
from libs.events.postgres.statements import statement

_TAKE = statement("publisher_take")
_RENEW = statement("publisher_renew")
_RELEASE = statement("publisher_release")
_ADOPT = statement("publisher_adopt")
_ADVANCE = statement("publisher_advance")
_FOUND = statement("published_find")
_PUT_BACK = statement("publisher_put_back")


class Lease(msgspec.Struct, frozen=True):
    """The right to publish, in its epoch: to `cluster` (None: none yet), after `position`."""

    epoch: int
    cluster: str | None
    position: int


class LeaseLost(Exception):
    """Another one publishes now, or an operator put the position back: nothing was changed."""


class Acknowledged(msgspec.Struct, frozen=True):
    """The last record a partition acknowledged: its offset, and its event's feed position."""

    offset: int
    position: int


class PublisherStore:
    """What a publisher keeps. Every method is a transaction of its own; all block."""

    def __init__(self, database: Database, holder: str, patience: float) -> None:
        self._database, self._holder, self._patience = database, holder, patience

    def take(self) -> Lease | None:
        """The lease in a new epoch, unless another holds it and is alive."""
        with self._database.transaction() as cursor:
            cursor.execute(_TAKE, {"holder": self._holder, "patience": self._patience})
            row = cursor.fetchone()
        return None if row is None else Lease(*row)

    def renew(self, lease: Lease) -> None:
        """Stay the holder. Raises LeaseLost."""
        self._change(_RENEW, {"epoch": lease.epoch, "position": lease.position})

    def release(self, lease: Lease) -> None:
        """Let another one take over at once."""
        with self._database.transaction() as cursor:
            cursor.execute(_RELEASE, {"epoch": lease.epoch})

    def adopt(self, lease: Lease, cluster: str) -> Lease:
        """Publish to this cluster from now on, as the first one. Raises LeaseLost."""
        self._change(_ADOPT, {"epoch": lease.epoch, "cluster": cluster})
        return msgspec.structs.replace(lease, cluster=cluster)

    def page(self, lease: Lease, limit: int) -> list[FeedEvent]:
        """The next events to publish."""
        with self._database.transaction() as cursor:
            return read_feed(cursor, lease.position, limit)

    def store_id(self) -> str:
        """The name of the store."""
        with self._database.transaction() as cursor:
            return store_id(cursor)

    def head(self) -> int:
        """The last position of the feed; -1 while it is empty."""
        with self._database.transaction() as cursor:
            return head(cursor)

    def acknowledged(self) -> dict[Place, Acknowledged]:
        """The last record of each partition that a page has been acknowledged for."""
        with self._database.transaction() as cursor:
            cursor.execute(_FOUND)
            return {
                (topic, partition): Acknowledged(offset, position)
                for topic, partition, offset, position in cursor
            }

    def advance(self, lease: Lease, to: int, acknowledged: Mapping[Place, Acknowledged]) -> Lease:
        """Everything up to `to` is acknowledged. Raises LeaseLost: it will be published again."""
        values = {
            "epoch": lease.epoch,
            "from": lease.position,
            "to": to,
            "topics": [topic for topic, _ in acknowledged],
            "partitions": [partition for _, partition in acknowledged],
            "offsets": [each.offset for each in acknowledged.values()],
            "positions": [each.position for each in acknowledged.values()],
        }
        self._change(_ADVANCE, values)
        return msgspec.structs.replace(lease, position=to)

    def _change(self, statement_: str, values: dict[str, object]) -> None:
        with self._database.transaction() as cursor:
            cursor.execute(statement_, values)
            if cursor.fetchone() is None:
                raise LeaseLost


def publish_again(cursor: Cursor, first: int) -> bool:
    """Publish once more from the feed position `first` on, to whichever cluster answers; as owner.

    False when nothing from there on was published. What is in the topics stays: consumers ignore
    what they have seen.
    """
    cursor.execute(_PUT_BACK, {"position": first - 1})
    return cursor.fetchone() is not None
