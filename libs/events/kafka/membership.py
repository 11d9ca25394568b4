"""One member of a group of consumers: which partitions it has, and where it goes on in each.

Where to go on is known to PostgreSQL alone. Kafka is told too, now and then, for those who watch
the lag with its tools.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Collection, Iterator, Mapping

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError, NoOffsetForPartitionError

from libs.events.kafka.reading import Records
from libs.events.postgres.delivering import Place

_FINISH_S = 5.0
_COMMIT_S = 2.0
_DEALT_OUT_S = 1.0


class NotBegun(Exception):
    """A partition was assigned that this build has no place in."""


class Membership(ConsumerRebalanceListener):  # type: ignore[misc] # it ships no types
    """Holds on to what the database says about the partitions assigned at the moment."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self.next: dict[Place, int] = {}
        """The next offset of each partition whose place is known."""
        self._looked_again: dict[Place, int] = {}
        self._finished = asyncio.Event()
        self._finished.set()

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:  # noqa: ARG002
        """Let the batch under way be finished, for a while: otherwise it will be fenced."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._finished.wait(), _FINISH_S)
        self.forget()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:  # noqa: ARG002
        """Where to go on is looked up before the next poll."""
        self.forget()

    def unplaced(self) -> bool:
        """Whether a partition is assigned whose place is not known."""
        return any((tp.topic, tp.partition) not in self.next for tp in self._consumer.assignment())

    def place(self, places: Mapping[Place, int]) -> None:
        """Go on from these offsets. Raises NotBegun."""
        for tp in self._consumer.assignment():
            place = tp.topic, tp.partition
            if place not in self.next:
                if place not in places:
                    raise NotBegun(f"{tp.topic} partition {tp.partition}")
                # Taken away in this very moment: then it is not ours to read.
                with contextlib.suppress(IllegalStateError):
                    self._consumer.seek(tp, places[place])
                    self.next[place] = places[place]

    async def poll(self, timeout_ms: int, most: int) -> Records:
        """What the placed partitions have brought; empty after a while without anything."""
        try:
            # The client's own limit does not hold while partitions are dealt out anew, which never
            # ends when their topics are gone. What is lost by cancelling is looked for again.
            found = await asyncio.wait_for(
                self._consumer.getmany(timeout_ms=timeout_ms, max_records=most),
                timeout_ms / 1000 + _DEALT_OUT_S,
            )
        except (NoOffsetForPartitionError, TimeoutError):
            return {}  # assigned during the poll and not placed yet, or nothing assigned
        return {
            place: records
            for tp, records in found.items()
            if records and self._goes_on((place := (tp.topic, tp.partition)), records[0].offset)
        }

    def _goes_on(self, place: Place, first: int) -> bool:
        """Whether the records begin where we are; if not, look again, once.

        Offsets that no record has (of transactions that are not ours) are still missing then.
        """
        if self.next.get(place) == first:
            return True
        if place in self.next and first > self.next[place] == self._looked_again.get(place):
            return True
        if place in self.next:
            self._looked_again[place] = self.next.pop(place)
        return False

    def moved(self, records: Records) -> None:
        """The effect of these records is stored."""
        for place, brought in records.items():
            if place in self.next:
                self.next[place] = brought[-1].offset + 1

    def holds(self, records: Records) -> bool:
        """Whether the partitions of these records have been ours all the time."""
        return all(place in self.next for place in records)

    def forget(self) -> None:
        """Look up again where to go on."""
        self.next.clear()

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """While a batch is being applied. No lock: the database decides whose effect counts."""
        self._finished.clear()
        try:
            yield
        finally:
            self._finished.set()

    async def pause(self, seconds: float) -> None:
        """Bring nothing for a while, and stay a member."""
        until = time.monotonic() + seconds
        paused = self._consumer.assignment()
        self._consumer.pause(*paused)
        try:
            while time.monotonic() < until:
                # Polled all the same, or the group would take us for stuck. What partitions that
                # came meanwhile bring is brought again, because their place is not known.
                await self.poll(round(seconds * 1000), 1)
        finally:
            self._consumer.resume(*(paused & self._consumer.assignment()))

    async def commit(self) -> None:
        """Tell Kafka how far we are; nothing depends on it."""
        offsets = {TopicPartition(*place): offset for place, offset in self.next.items()}
        # The client takes an empty or an outdated set for a mistake of the caller (ValueError).
        with contextlib.suppress(KafkaError, TimeoutError, ValueError):
            await asyncio.wait_for(self._consumer.commit(offsets), _COMMIT_S)
