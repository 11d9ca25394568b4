"""Start, stop and look into Kafka; make its topics and fill them again.

Local brokers keep their files in `kafka` under REDRESS_HOME. With REDRESS_KAFKA_BOOTSTRAP set there
is nothing to start or stop. Without either, services follow the feed and need no Kafka.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Annotated, Any

import typer

from libs.events.kafka.admin import cluster_facts, declare, partition_differences
from libs.events.kafka.topics import load_topics
from libs.events.postgres.database import Database
from libs.events.postgres.publishing import publish_again
from redress.failures import CommandError
from redress.home import Home

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(epilog="Examples: redress kafka start · redress kafka start --brokers 3")
def start(
    *,
    brokers: Annotated[int, typer.Option(help="1 or 3; fixed at the first start.")] = 1,
    as_json: Json = False,
) -> None:
    """Start local brokers (fetching Kafka's jars the first time) and make the declared topics."""
    if _outside():
        raise CommandError("REDRESS_KAFKA_BOOTSTRAP is set: those brokers are not ours to start")
    cluster = Home.of_environment().kafka.start(brokers)
    made = asyncio.run(declare(cluster.bootstrap, load_topics()))
    answer = {"running": True, "bootstrap": cluster.bootstrap, "cluster": cluster.id, "made": made}
    _tell(answer, f"Kafka is running: REDRESS_KAFKA_BOOTSTRAP={cluster.bootstrap}", as_json)


@app.command(epilog="Example: redress kafka stop")
def stop(*, as_json: Json = False) -> None:
    """Stop the local brokers; what they hold stays."""
    if _outside():
        raise CommandError("REDRESS_KAFKA_BOOTSTRAP is set: those brokers are not ours to stop")
    stopped = Home.of_environment().kafka.stop()
    text = "Kafka has stopped" if stopped else "Kafka was not running"
    _tell({"running": False, "stopped": stopped}, text, as_json)


@app.command(epilog="Example: redress kafka status --json")
def status(*, as_json: Json = False) -> None:
    """Say whether brokers answer and have the declared topics; exit code 1 if not."""
    bootstrap = _outside() or _local()
    if bootstrap is None:
        _tell({"running": False}, "Kafka is not running", as_json)
        sys.exit(1)
    facts = asyncio.run(cluster_facts(bootstrap))
    wrong = partition_differences(facts, load_topics())
    answer = {"running": True, "bootstrap": bootstrap, "cluster": facts.id,
              "brokers": facts.brokers, "topics": facts.partitions, "wrong": wrong}  # fmt: skip
    lines = [f"{facts.brokers} brokers at {bootstrap}, cluster {facts.id}"]
    lines += [f"{name}: {count} partitions" for name, count in facts.partitions.items()]
    _tell(answer, "\n".join(lines + wrong), as_json)
    sys.exit(1 if wrong else 0)


@app.command(epilog="Example: REDRESS_KAFKA_BOOTSTRAP=kafka:9092 redress kafka topics")
def topics(*, as_json: Json = False) -> None:
    """Make the declared topics that are missing; exit code 1 where one that exists differs."""
    bootstrap = _outside() or _local()
    if bootstrap is None:
        raise CommandError("Kafka is not running; `redress kafka start` starts it", exit_code=3)
    made = asyncio.run(declare(bootstrap, load_topics()))
    text = f"made: {', '.join(made)}" if made else "all declared topics are there"
    _tell({"made": made}, text, as_json)


@app.command(epilog="Examples: redress kafka republish · redress kafka republish --first 120000")
def republish(
    *,
    first: Annotated[int, typer.Option(min=0, help="Feed position to begin with.")] = 0,
    as_json: Json = False,
) -> None:
    """Let the relay publish the feed again, to whichever cluster answers now.

    For topics that were wiped or made anew, and for another cluster. Repeats do no harm: consumers
    ignore what they have seen. Exit code 1 when nothing from there on was published before.
    """
    database = Database(
        Home.of_environment().owner_url(), application_name="redress-kafka", max_connections=1
    )
    try:
        with database.transaction() as cursor:
            again = publish_again(cursor, first)
    finally:
        database.close()
    text = f"the relay publishes again from position {first}" if again else "nothing to repeat"
    _tell({"again": again, "first": first}, text, as_json)
    sys.exit(0 if again else 1)


def _outside() -> str | None:
    return os.environ.get("REDRESS_KAFKA_BOOTSTRAP") or None


def _local() -> str | None:
    server = Home.of_environment().kafka
    cluster = server.cluster()
    return cluster.bootstrap if cluster and server.running() else None


def _tell(answer: dict[str, Any], text: str, as_json: bool) -> None:
    typer.echo(json.dumps(answer) if as_json else text)
