"""Where it is measured: a server of its own, as the product ships it, gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from libs.casework.installing import install_events
from libs.events.postgres.databases import create_database
from libs.events.postgres.migrate import migrate
from redress.local.postgres import PostgresServer


class Place:
    """The embedded server with its defaults, fsync on."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    def program(self, name: str) -> Path:
        """One of the server's programs, such as pgbench."""
        return self._server.program(name)

    def empty_database(self, name: str) -> str:
        """Address of a new database with nothing in it."""
        return create_database(self._server.dsn("postgres"), name)

    def migrated_database(self, name: str) -> str:
        """Address of a new database as `redress db` would make it, with the event types."""
        dsn = self.empty_database(name)
        migrate(dsn)
        install_events(dsn)
        return dsn


@contextmanager
def place() -> Iterator[Place]:
    """A server in a temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="redress-bench-"))
    server = PostgresServer(folder)
    try:
        server.start()
        yield Place(server)
    finally:
        server.stop()
        shutil.rmtree(folder)
