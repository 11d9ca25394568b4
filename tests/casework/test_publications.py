"""What is published holds for new complaints, in services that run; old ones keep their version."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from libs.casework import following as follower
from libs.casework import publishing
from libs.casework.following import following
from libs.casework.installing import keep_regulations
from libs.casework.regulations import CALENDAR, PROCEDURE, Regulations, documents
from libs.events.envelope import Actor
from libs.events.postgres.database import Database
from libs.events.postgres.documents import Document, Documents, publish_document
from redress.home import PROCEDURES

NAME = "telecom-escalated"
FILE = f"{NAME}.yaml"
Publish = Callable[[Document], bool]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    installed = tmp_path / "installed"
    shutil.copytree(PROCEDURES / "calendars", installed / "calendars")
    shutil.copy(PROCEDURES / FILE, installed / FILE)
    return installed


@pytest.fixture
def running(
    folder: Path, fresh_database: str, role_dsn: Callable[..., str]
) -> Iterator[Regulations]:
    """The regulations of a service of an installation that began with the folder."""
    keep_regulations(fresh_database, folder)
    database = Database(role_dsn("redress_intake"), application_name="test")
    yield Regulations(folder, Documents(database))
    database.close()


@pytest.fixture
def publish(fresh_database: str) -> Iterator[Publish]:
    database = Database(fresh_database, application_name="test")

    def by_command(document: Document) -> bool:
        with database.transaction() as cursor:
            return publish_document(cursor, document, "command")

    yield by_command
    database.close()


def edition(folder: Path, title: str, kind: str = PROCEDURE) -> Document:
    """The folder's procedure or calendar with another first line, in a folder of its own."""
    other = folder.parent / title
    shutil.copytree(folder, other)
    path = other / FILE if kind == PROCEDURE else other / "calendars" / "mainland.yaml"
    text = path.read_text(encoding="utf-8")
    if kind == CALENDAR:
        text += "  2027:\n    new-year: {rest: [01-01..01-03]}\n"
    path.write_text(f"# {title}\n{text}", encoding="utf-8")
    return next(each for each in documents(other) if each.kind == kind)


def test_a_running_service_takes_up_what_is_published(running, folder, publish) -> None:
    running.refresh()
    before = running.current(NAME)
    procedure, calendar = edition(folder, "second"), edition(folder, "announced", CALENDAR)
    assert publish(procedure)
    assert publish(calendar)
    assert running.current(NAME) == before
    assert running.refresh()
    after = running.current(NAME)
    assert after.procedure.version == procedure.version != before.procedure.version
    assert after.calendar.version == calendar.version != before.calendar.version
    assert not running.refresh()


def test_publishing_the_same_again_changes_nothing(running, folder, publish) -> None:
    second = edition(folder, "second")
    assert publish(second)
    running.refresh()
    assert not publish(second)
    assert not running.refresh()


def test_an_earlier_version_can_be_put_in_force_again(running, folder, publish) -> None:
    first = next(each for each in documents(folder) if each.kind == PROCEDURE)
    publish(edition(folder, "second"))
    assert publish(first)
    running.refresh()
    assert running.current(NAME).procedure.version == first.version


def test_a_restart_with_the_same_files_does_not_undo_a_publication(
    running, folder, publish, fresh_database
) -> None:
    second = edition(folder, "second")
    publish(second)
    keep_regulations(fresh_database, folder)
    running.refresh()
    assert running.current(NAME).procedure.version == second.version


def test_a_restart_with_a_changed_file_puts_it_in_force(
    running, folder, publish, fresh_database
) -> None:
    publish(edition(folder, "second"))
    third = edition(folder, "third")
    (folder / FILE).write_bytes(third.content)
    keep_regulations(fresh_database, folder)
    running.refresh()
    assert running.current(NAME).procedure.version == third.version


def test_a_version_published_by_another_program_generation_leaves_what_is_known(
    running, folder, publish
) -> None:
    running.refresh()
    before = running.current(NAME)
    publish(Document(kind=PROCEDURE, id=NAME, version="9", content=b"format: of the future"))
    with pytest.raises(Exception, match="format"):
        running.refresh()
    assert running.current(NAME) == before


def test_a_service_follows_by_itself(running, folder, publish, monkeypatch) -> None:
    monkeypatch.setattr(follower, "EVERY_S", 0.01)
    second = edition(folder, "second")

    async def serve() -> None:
        async with following(running):
            publish(second)
            while running.current(NAME).procedure.version != second.version:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(serve(), 60))


def test_publications_are_never_changed(running, fresh_database) -> None:
    with psycopg2.connect(fresh_database) as connection, connection.cursor() as cursor:
        for change in (
            "DELETE FROM events.publications",
            "UPDATE events.publications SET version = 'x'",
            "TRUNCATE events.publications",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="never changed"):
                cursor.execute(change)
            connection.rollback()
    connection.close()


def test_a_service_cannot_publish(running, folder, fresh_database, role_dsn) -> None:
    database = Database(role_dsn("redress_intake"), application_name="test")
    with (
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
        database.transaction() as cursor,
    ):
        publish_document(cursor, edition(folder, "second"), "command")
    database.close()


EDITOR = Actor(staff="e-7", role="centre", unit="national")


def recorded(database_url: str, stream: str) -> list[str]:
    """The versions that a publication's stream names, in order."""
    with psycopg2.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT convert_from(body, 'utf8')::jsonb ->> 'state' FROM events.events"
            " WHERE stream = %s AND type = 'PublicationPublished' ORDER BY version",
            (stream,),
        )
        versions = [json.loads(state)["version_name"] for (state,) in cursor.fetchall()]
    connection.close()
    return versions


def test_publishing_records_the_version_and_those_before_it_once(
    running, folder, fresh_database
) -> None:
    running.refresh()
    first, second = running.current(NAME).procedure.version, edition(folder, "second")
    assert publishing.publish(fresh_database, second, EDITOR)
    assert not publishing.publish(fresh_database, second, EDITOR)
    assert recorded(fresh_database, f"procedure/{NAME}") == [first, second.version]


def test_a_publication_broken_off_in_the_middle_is_completed_by_a_repeat(
    running, folder, fresh_database, monkeypatch
) -> None:
    second = edition(folder, "second")

    def power_cut(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "publish_document", power_cut)
        with pytest.raises(KeyboardInterrupt):
            publishing.publish(fresh_database, second, EDITOR)
    running.refresh()
    assert running.current(NAME).procedure.version != second.version
    assert publishing.publish(fresh_database, second, EDITOR)
    running.refresh()
    assert running.current(NAME).procedure.version == second.version
    assert recorded(fresh_database, f"procedure/{NAME}").count(second.version) == 1
