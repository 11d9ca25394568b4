"""A complaint is judged by the version it pins, also when the files have moved on."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg2
import pytest

from libs.casework.bodies import EventBody
from libs.casework.installing import keep_regulations
from libs.casework.regulations import Regulations
from libs.events.postgres.database import Database
from libs.events.postgres.documents import DocumentChanged, Documents
from libs.procedures.schema import UnknownProcedure
from redress.home import PROCEDURES

FILE = "telecom-escalated.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(PROCEDURES / "calendars", tmp_path / "calendars")
    shutil.copy(PROCEDURES / FILE, tmp_path / FILE)
    return tmp_path


def rewrite(folder: Path, old: str, new: str) -> None:
    path = folder / FILE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def registration(regulations: Regulations) -> EventBody:
    pinned = regulations.current("telecom-escalated")
    return EventBody(
        data={
            "procedure": pinned.procedure.id,
            "procedure_version": pinned.procedure.version,
            "calendar_version": pinned.calendar.version,
        },
        salt="00",
    )


def test_a_changed_file_leaves_running_complaints_their_version(
    folder: Path, fresh_database: str
) -> None:
    keep_regulations(fresh_database, folder)
    before = registration(Regulations(folder))
    rewrite(folder, "id: telecom-escalated", "# another edition\nid: telecom-escalated")
    database = Database(fresh_database, application_name="test")
    after = Regulations(folder, Documents(database))
    pinned = after.pinned(before)
    assert pinned.procedure.version == before.data["procedure_version"]
    assert after.current("telecom-escalated").procedure.version != pinned.procedure.version
    database.close()


def test_without_the_kept_version_the_complaint_cannot_be_judged(folder: Path) -> None:
    before = registration(Regulations(folder))
    rewrite(folder, "id: telecom-escalated", "# another edition\nid: telecom-escalated")
    with pytest.raises(UnknownProcedure):
        Regulations(folder).pinned(before)


def test_keeping_the_same_files_again_changes_nothing(folder: Path, fresh_database: str) -> None:
    keep_regulations(fresh_database, folder)
    keep_regulations(fresh_database, folder)
    with psycopg2.connect(fresh_database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT kind, count(*) FROM events.documents GROUP BY kind ORDER BY kind")
        assert cursor.fetchall() == [("calendar", 1), ("procedure", 1)]
    connection.close()


def test_a_declared_version_cannot_change_its_content(folder: Path, fresh_database: str) -> None:
    rewrite(folder, "id: telecom-escalated", "id: telecom-escalated\nversion: '2026'")
    keep_regulations(fresh_database, folder)
    rewrite(folder, "version: '2026'", "# changed\nversion: '2026'")
    with pytest.raises(DocumentChanged):
        keep_regulations(fresh_database, folder)
