"""How a service follows the events: over Kafka where there is one, else from the feed."""

from __future__ import annotations

from libs.events.postgres.applying import Projection
from libs.events.postgres.database import Database
from libs.events.postgres.projection import ProjectionRunner


def runner_of(database: Database, projection: Projection, bootstrap: str) -> ProjectionRunner:
    """The runner of a projection; `bootstrap` names the brokers, empty: follow the feed."""
    if not bootstrap:
        return ProjectionRunner(database, projection)
    # The client is loaded only where there is something to talk to.
    from libs.events.kafka.consumer import KafkaRunner  # noqa: PLC0415
    from libs.events.kafka.topics import load_topics  # noqa: PLC0415

    return KafkaRunner(database, projection, bootstrap, load_topics())
