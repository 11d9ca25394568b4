"""From what partitions brought to what the database is asked to apply. Work for a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

from libs.events.kafka.records import NotAnEvent, event_of, partition_of
from libs.events.kafka.topics import Topics, UndeclaredStream
from libs.events.postgres.delivering import Batch, Carried, Place, Refused


class Record(Protocol):
    """What we read of a record of the client."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


Records: TypeAlias = dict[Place, list[Record]]


def batch_of(
    cluster: str, records: Records, following: Mapping[Place, int], topics: Topics
) -> Batch:
    """The batch of these records, which go on at `following`; what is no event is refused."""
    carried: list[Carried] = []
    refused: list[Refused] = []
    for place, brought in records.items():
        for record in brought:
            try:
                carried.append(_carried(place, record, topics))
            except NotAnEvent as error:
                refused.append(
                    Refused(
                        place=place,
                        offset=record.offset,
                        reason=error.reason,
                        stream=error.stream,
                        position=error.position,
                    )
                )
    moves = {
        place: (following[place], brought[-1].offset + 1) for place, brought in records.items()
    }
    return Batch(cluster=cluster, moves=moves, carried=carried, refused=refused)


def _carried(place: Place, record: Record, topics: Topics) -> Carried:
    event = event_of(record.key, record.value, record.headers)
    stream = event.event.stream
    try:
        topic = topics.of(stream)
    except UndeclaredStream as error:
        raise NotAnEvent("of a kind that no topic carries", stream, event.position) from error
    # Streams are kept in order by partition: elsewhere, two members could apply one at a time.
    if place != (topic, partition_of(stream, topics.topics[topic].partitions)):
        raise NotAnEvent("not in the partition of its stream", stream, event.position)
    return Carried(place=place, offset=record.offset, event=event)
