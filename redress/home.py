"""Where this installation keeps its files, and which database it uses.

`REDRESS_HOME` is the folder (default `./var`); `REDRESS_DATABASE_URL` names an outside PostgreSQL
server, 15 or newer, in place of the embedded one; `REDRESS_KAFKA_BOOTSTRAP` names brokers in place
of local ones. `REDRESS_PROCEDURES` names a folder of regulations of one's own (with `calendars` and
`organisation` below it).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from redress.local.kafka import KafkaServer
from redress.local.postgres import DATABASE, PostgresServer

PROCEDURES = Path(__file__).parents[1] / "procedures"
"""The regulations, calendars and sample organisation that come with the product."""


@dataclass(frozen=True)
class Home:
    """The folder of one installation and its outside database, if any.

    `alone`: its processes take no setting from the caller's environment (brokers, webhooks, Redis).
    """

    folder: Path
    outside_url: str | None
    own_procedures: Path | None = None
    alone: bool = False

    @classmethod
    def of_environment(cls) -> Home:
        """As REDRESS_HOME and REDRESS_DATABASE_URL (or the file in ..._FILE) say now."""
        return cls(
            folder=Path(os.environ.get("REDRESS_HOME") or "var").absolute(),
            outside_url=os.environ.get("REDRESS_DATABASE_URL") or _in_file("REDRESS_DATABASE_URL"),
        )

    @property
    def procedures(self) -> Path:
        """Folder of the regulations in force: this home's, REDRESS_PROCEDURES or the product's."""
        own = self.own_procedures or os.environ.get("REDRESS_PROCEDURES")
        return Path(own or PROCEDURES).absolute()

    @property
    def server(self) -> PostgresServer:
        """The embedded server of this folder, running or not."""
        return PostgresServer(self.folder / "postgres")

    @property
    def kafka(self) -> KafkaServer:
        """The brokers of this folder, running or not."""
        return KafkaServer(self.folder / "kafka")

    @property
    def run(self) -> Path:
        """Folder of what is true while the processes run: addresses, process ids."""
        return self.folder / "run"

    @property
    def log(self) -> Path:
        """Folder of the processes' logs."""
        return self.folder / "log"

    @property
    def keys(self) -> Path:
        """Folder of the key files; losing it loses every sealed field."""
        return self.folder / "keys"

    def owner_url(self) -> str:
        """Address of the database as its owner; raises PostgresError if ours is not running."""
        return self.outside_url or self.server.dsn(DATABASE)


def _in_file(name: str) -> str | None:
    path = os.environ.get(f"{name}_FILE")
    return Path(path).read_text(encoding="utf-8").strip() if path else None
