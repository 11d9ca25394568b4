"""The topics as declared: which streams go where, in how many partitions, kept how safely.

The file is `deploy/kafka/topics.yaml`; it says why.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

DECLARED = Path(__file__).parents[3] / "deploy" / "kafka" / "topics.yaml"

_DAY_MS = 24 * 3600 * 1000


class Durability(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a number of brokers can promise: copies of a topic, and how many acknowledge.

    `flush_every`: records after which a broker forces its disk; None leaves it to the system.
    """

    copies: int
    in_sync: int
    flush_every: int | None = None


class Topic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A topic: the kinds of streams it carries and its number of partitions, fixed at birth."""

    streams: tuple[str, ...]
    partitions: int


class Topics(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All topics of an installation."""

    durability: dict[int, Durability]
    largest_message: int
    retention_days: int
    topics: dict[str, Topic]

    def of(self, stream: str) -> str:
        """The topic of a stream (`<kind>/<id>`); raises UndeclaredStream."""
        kind = stream.partition("/")[0]
        for name, topic in self.topics.items():
            if kind in topic.streams:
                return name
        raise UndeclaredStream(stream)

    def for_brokers(self, brokers: int) -> Durability:
        """What is right for a cluster of so many brokers: that of the largest size it reaches."""
        return self.durability[max(size for size in self.durability if size <= max(1, brokers))]

    def settings(self, brokers: int) -> dict[str, str]:
        """Every topic's settings, in Kafka's words."""
        durability = self.for_brokers(brokers)
        flush = durability.flush_every
        return {
            "cleanup.policy": "delete",
            "max.message.bytes": str(self.largest_message),
            "min.insync.replicas": str(durability.in_sync),
            "retention.ms": str(self.retention_days * _DAY_MS),
            "unclean.leader.election.enable": "false",
            **({} if flush is None else {"flush.messages": str(flush)}),
        }


class UndeclaredStream(Exception):
    """A kind of stream that no topic carries: declare it before such a stream is written."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"no topic is declared for {stream}")
        self.stream = stream


def load_topics(path: Path = DECLARED) -> Topics:
    """The declared topics; raises msgspec.ValidationError, naming the field that is wrong."""
    return msgspec.yaml.decode(path.read_bytes(), type=Topics)
