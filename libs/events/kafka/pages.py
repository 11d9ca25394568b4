"""Pages of the feed made into batches, one per partition. Work for a thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from libs.events.kafka.records import headers_of, partition_of
from libs.events.kafka.topics import Topics
from libs.events.postgres.delivering import Place
from libs.events.postgres.publishing import Lease, PublisherStore


class BatchToSend(msgspec.Struct):
    """What goes to one partition: the client's batch, its records, the last one's position."""

    batch: Any
    count: int = 0
    position: int = -1


class PageToSend(msgspec.Struct, frozen=True):
    """The next events of the feed up to position `last`, by partition."""

    batches: dict[Place, BatchToSend]
    count: int
    last: int


class EventTooLarge(Exception):
    """An event that does not fit into a record; the store accepts none of that size."""


class PageBuilder:
    """Reads the feed and fills the client's batches. Not thread-safe: one call at a time."""

    def __init__(self, store: PublisherStore, topics: Topics, new_batch: Callable[[], Any]) -> None:
        self._store, self._topics, self._new_batch = store, topics, new_batch
        self._source = f"/redress/{store.store_id()}".encode()

    def build(self, lease: Lease, limit: int) -> PageToSend | None:
        """The next page after the lease's position; None when the feed has nothing more.

        It ends where a partition's batch is full, because two batches of one partition would have
        to wait for each other. Raises UndeclaredStream.
        """
        batches: dict[Place, BatchToSend] = {}
        last = lease.position
        for each in self._store.page(lease, limit):
            event = each.event
            topic = self._topics.of(event.stream)
            place = topic, partition_of(event.stream, self._topics.topics[topic].partitions)
            batch = batches.get(place) or batches.setdefault(place, BatchToSend(self._new_batch()))
            if batch.batch.append(
                key=event.stream.encode(),
                value=event.body,
                timestamp=None,
                headers=headers_of(each, self._source),
            ) is None:  # fmt: skip
                break
            batch.count += 1
            batch.position = last = each.position
        filled = {place: batch for place, batch in batches.items() if batch.count}
        if not filled and batches:
            raise EventTooLarge(f"the event at position {last + 1}")
        return PageToSend(filled, last - lease.position, last) if filled else None
