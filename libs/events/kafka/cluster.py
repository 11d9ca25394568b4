"""What must be true of a cluster before anything is read from it or written to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from libs.events.kafka.admin import (
    KafkaAway,
    TopicsDiffer,
    cluster_facts,
    partition_differences,
)
from libs.events.kafka.closing import ended
from libs.events.kafka.topics import Topics
from libs.events.postgres.delivering import Place


class ClusterChanged(Exception):
    """Another cluster answers at the address: what was published or read is not in it."""

    def __init__(self, known: str, found: str, position: int) -> None:
        super().__init__(
            f"cluster {found} answers where {known} was, which has everything up to position "
            f"{position}"
        )
        self.known, self.found = known, found


class Ends(msgspec.Struct, frozen=True):
    """A cluster at one moment: its identity, and first and next offset of each partition."""

    cluster: str
    first: Mapping[Place, int]
    next: Mapping[Place, int]


async def ends(bootstrap: str, topics: Topics) -> Ends:
    """Identity and offsets of a cluster that has the topics as declared.

    Raises TopicsDiffer, or KafkaAway when it does not answer.
    """
    facts = await cluster_facts(bootstrap)
    differences = partition_differences(facts, topics)
    if differences:
        raise TopicsDiffer(differences)
    wanted = [
        TopicPartition(name, number)
        for name, topic in topics.topics.items()
        for number in range(topic.partitions)
    ]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, client_id="redress-ends")
    try:
        await consumer.start()
        first = await consumer.beginning_offsets(wanted)
        following = await consumer.end_offsets(wanted)
    except KafkaError as error:
        raise KafkaAway(f"{bootstrap}: {error}") from error
    finally:
        await ended(consumer.stop())
    return Ends(facts.id, _places(first.items()), _places(following.items()))


def _places(offsets: Iterable[tuple[TopicPartition, int]]) -> dict[Place, int]:
    return {(tp.topic, tp.partition): offset for tp, offset in offsets}
