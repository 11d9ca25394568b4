"""Who speaks to the services in the tests, and how the services are run."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import uvicorn
from pydantic import SecretStr
from starlette.types import ASGIApp

from libs.access.identity import Subject, issue_token, signing_key
from libs.events.postgres.database import Database
from libs.events.postgres.sequencer import Sequencer
from services.dispatch import bootstrap as dispatch
from services.dispatch.settings import DispatchSettings
from services.intake import bootstrap as intake
from services.intake.settings import IntakeSettings

AGENT = Subject(staff="s-agent", role="agent", unit="henan/hotline")
CENTRE = Subject(staff="s-centre", role="centre", unit="henan/centre")
HANDLER = Subject(staff="s-handler", role="handler", unit="henan/network")
NATIONAL = Subject(staff="s-national", role="centre", unit="national/centre")
OTHER_CENTRE = Subject(staff="s-other", role="centre", unit="hebei/centre")
OTHER_HANDLER = Subject(staff="s-billing", role="handler", unit="henan/billing")
AUDITOR = Subject(staff="s-auditor", role="auditor", unit="henan/audit")

TEXT = "宽带断网三天，电话一三八零零一三八零零零"


class World:
    """The running services and whoever speaks to them."""

    def __init__(self, dsn: str, keys: Path, intake_url: str, dispatch_url: str) -> None:
        self.dsn, self.keys = dsn, keys
        self.key = signing_key(keys, lambda _: None)
        self.intake = httpx.Client(base_url=intake_url, timeout=30)
        self.dispatch = httpx.Client(base_url=dispatch_url, timeout=30)

    def close(self) -> None:
        self.intake.close()
        self.dispatch.close()

    def token(self, subject: Subject, lifetime: timedelta = timedelta(hours=1)) -> str:
        return issue_token(self.key, subject, lifetime)

    def headers(self, subject: Subject, key: str | None = None, **more: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.token(subject)}",
            "Idempotency-Key": key or str(uuid.uuid4()),
            **more,
        }

    def register(self, subject: Subject = AGENT, key: str | None = None, **fields: Any) -> Any:
        told = {"channel": "hotline", "content": TEXT, "complainant": "王女士", **fields}
        answer = self.intake.post(
            "/complaints", json={"with": told}, headers=self.headers(subject, key)
        )
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def step(
        self, complaint: str, action: str, subject: Subject, key: str | None = None, **body: Any
    ) -> httpx.Response:
        own = {"supplement", "link-repeat", "unlink-repeat", "accept", "decline", "withdraw"}
        client = self.intake if action in own else self.dispatch
        headers = self.headers(subject, key, **body.pop("headers", {}))
        return client.post(f"/complaints/{complaint}/{action}", json=body, headers=headers)

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        with contextlib.closing(psycopg2.connect(self.dsn)) as session, session.cursor() as cursor:
            cursor.execute(question, values or None)
            return cursor.fetchall()

    def tell(self, command: str, *values: object) -> None:
        """Change something in the database, as nobody but its owner can."""
        with contextlib.closing(psycopg2.connect(self.dsn)) as session, session.cursor() as cursor:
            cursor.execute(command, values)
            session.commit()

    def events(self, complaint: str) -> list[str]:
        rows = self.ask(
            "SELECT type FROM events.events WHERE stream = %s ORDER BY version",
            f"complaint/{complaint}",
        )
        return [row[0] for row in rows]


@contextlib.contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """The application behind a real socket, in a thread of its own."""
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        assert not thread.is_alive()


@contextlib.contextmanager
def sequencing(dsn: str) -> Iterator[None]:
    """The sequencer of the relay, in a thread."""
    stop = threading.Event()
    database = Database(dsn, application_name="test-relay")
    thread = threading.Thread(target=Sequencer(database).run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=20)
        database.close()


@contextlib.contextmanager
def both_services(
    dsn: str, login: Callable[[str, str], str], keys: Path, procedures: Path, **settings: Any
) -> Iterator[World]:
    """Intake and dispatch with a sequencer on this database; `login` gives a role's address."""
    common = {"keys": keys, "procedures": procedures, **settings}
    taking = IntakeSettings(
        database_url=SecretStr(login("redress_intake", dsn)), default_procedure="small", **common
    )
    working = DispatchSettings(database_url=SecretStr(login("redress_dispatch", dsn)), **common)
    with contextlib.ExitStack() as stack:
        stack.enter_context(sequencing(login("redress_relay", dsn)))
        intake_url = stack.enter_context(serving(intake.build(taking)))
        dispatch_url = stack.enter_context(serving(dispatch.build(working)))
        people = World(dsn, keys, intake_url, dispatch_url)
        stack.callback(people.close)
        yield people
