"""A real Kafka for the tests: REDRESS_KAFKA_BOOTSTRAP, else Docker's, else one of our own."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from redress.local.jars import JarsError
from redress.local.kafka import KafkaFailed, KafkaServer
from tests.real_parts import absent


@contextlib.contextmanager
def broker() -> Iterator[str]:
    """The address of a broker for the time of the block; one that we started ends with it."""
    outside = os.environ.get("REDRESS_KAFKA_BOOTSTRAP")
    if outside:
        yield outside
        return
    folder = Path(tempfile.mkdtemp(prefix="redress-kafka-"))
    server = KafkaServer(folder)
    try:
        try:
            cluster = server.start()
        except (KafkaFailed, JarsError) as error:
            absent("Kafka", f"{error}")
        yield cluster.bootstrap
    finally:
        server.stop()
        shutil.rmtree(folder)
