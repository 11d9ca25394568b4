"""Asking a cluster what it is, and making its topics what the declaration says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from libs.events.kafka.topics import Topics

_HEARD_S = 10.0
_LOOK_S = 0.1


class ClusterFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster as it answers: its identity, brokers at work, partitions of each topic."""

    id: str
    brokers: int
    partitions: dict[str, int]


class KafkaAway(Exception):
    """No broker did what was asked, for now; the text says which error it was."""


class TopicsDiffer(Exception):
    """The cluster's topics are not the declared ones; nothing was changed. One line each."""

    def __init__(self, differences: list[str]) -> None:
        super().__init__("; ".join(differences))
        self.differences = differences


async def cluster_facts(bootstrap: str) -> ClusterFacts:
    """What answers at this address; raises KafkaAway when nothing does."""
    async with _client(bootstrap) as client:
        return await _facts(client)


async def declare(bootstrap: str, topics: Topics) -> list[str]:
    """Make the topics that are missing; returns their names. Repeatable.

    Raises TopicsDiffer when one that exists has other partitions or settings: those are not
    changed, because later events of a stream would go to another partition.
    """
    async with _client(bootstrap) as client:
        facts = await _facts(client)
        missing = [name for name in topics.topics if name not in facts.partitions]
        await _make(client, topics, missing, facts.brokers)
        facts = await _facts_with(client, missing)
        existing = [name for name in topics.topics if name not in missing]
        differences = partition_differences(facts, topics)
        differences += await _setting_differences(client, topics, existing, facts.brokers)
    if differences:
        raise TopicsDiffer(differences)
    return missing


def partition_differences(facts: ClusterFacts, topics: Topics) -> list[str]:
    """What is wrong with the topics' existence and partitions, one line each."""
    differences = []
    for name, topic in topics.topics.items():
        found = facts.partitions.get(name)
        if found is None:
            differences.append(f"{name} does not exist: `redress kafka topics` makes it")
        elif found != topic.partitions:
            differences.append(f"{name} has {found} partitions, declared are {topic.partitions}")
    return differences


async def _make(
    client: AIOKafkaAdminClient, topics: Topics, missing: list[str], brokers: int
) -> None:
    copies = topics.for_brokers(brokers).copies
    wanted = [
        NewTopic(
            name=name,
            num_partitions=topics.topics[name].partitions,
            replication_factor=copies,
            topic_configs=topics.settings(brokers),
        )
        for name in missing
    ]
    answer = await client.create_topics(wanted) if wanted else None
    for name, code, *_ in answer.topic_errors if answer else ():
        error = for_code(code)
        # Another one was faster: what it made is checked like any other.
        if code and error is not TopicAlreadyExistsError:
            raise error(name)


async def _facts_with(client: AIOKafkaAdminClient, made: list[str]) -> ClusterFacts:
    """The facts once the brokers have heard of topics that the controller has made."""
    by = time.monotonic() + _HEARD_S
    while True:
        facts = await _facts(client)
        if facts.partitions.keys() >= set(made) or time.monotonic() > by:
            return facts
        await asyncio.sleep(_LOOK_S)


async def _setting_differences(
    client: AIOKafkaAdminClient, topics: Topics, names: list[str], brokers: int
) -> list[str]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    wanted = topics.settings(brokers)
    differences = []
    for answer in await client.describe_configs(resources) if resources else ():
        for code, _, _, name, entries in answer.resources:
            if code:
                raise for_code(code)(name)
            found = {entry[0]: entry[1] for entry in entries}
            differences += [
                f"{name}: {setting} is {found.get(setting)}, declared is {value}"
                for setting, value in wanted.items()
                if found.get(setting) != value
            ]
    return differences


async def _facts(client: AIOKafkaAdminClient) -> ClusterFacts:
    cluster = await client.describe_cluster()
    described = await client.describe_topics()
    return ClusterFacts(
        id=cluster["cluster_id"],
        brokers=len(cluster["brokers"]),
        partitions={each["topic"]: len(each["partitions"]) for each in described},
    )


@asynccontextmanager
async def _client(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(
        bootstrap_servers=bootstrap, client_id="redress-admin", request_timeout_ms=10_000
    )
    try:
        await client.start()
        yield client
    except KafkaError as error:
        raise KafkaAway(f"{bootstrap}: {error}") from error
    finally:
        await client.close()
