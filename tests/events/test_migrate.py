"""Migrations: each file once, whole or not at all, and never changed afterwards."""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg2
import pytest

from libs.events.postgres.migrate import MigrationError, migrate, pending


@pytest.fixture
def areas(tmp_path: Path) -> dict[str, Path]:
    events, intake = tmp_path / "events", tmp_path / "intake"
    events.mkdir()
    intake.mkdir()
    (events / "0001_letters.sql").write_text("CREATE TABLE letters (letter text)")
    (intake / "0001_first.sql").write_text("INSERT INTO letters VALUES ('甲'), ('100%')")
    return {"events": events, "intake": intake}


def letters(dsn: str) -> list[str]:
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT letter FROM letters ORDER BY letter")
        found = [letter for (letter,) in cursor]
    connection.close()
    return found


def test_areas_are_applied_in_order_and_only_once(
    empty_database: str, areas: dict[str, Path]
) -> None:
    expected = ["events/0001_letters.sql", "intake/0001_first.sql"]
    assert pending(empty_database, areas) == expected
    assert migrate(empty_database, areas) == expected
    assert migrate(empty_database, areas) == []
    assert pending(empty_database, areas) == []
    assert letters(empty_database) == ["100%", "甲"]


def test_a_failing_file_leaves_no_trace_and_can_be_mended(
    empty_database: str, areas: dict[str, Path]
) -> None:
    broken = areas["intake"] / "0002_broken.sql"
    broken.write_text("INSERT INTO letters VALUES ('乙'); SELECT no_such_column;")

    with pytest.raises(MigrationError, match=r"intake/0002_broken.sql.*no_such_column"):
        migrate(empty_database, areas)
    assert letters(empty_database) == ["100%", "甲"]

    broken.write_text("INSERT INTO letters VALUES ('乙');")
    assert migrate(empty_database, areas) == ["intake/0002_broken.sql"]


def test_a_file_that_ends_its_transaction_is_refused(
    empty_database: str, areas: dict[str, Path]
) -> None:
    (areas["intake"] / "0002_sly.sql").write_text("COMMIT; BEGIN;")
    with pytest.raises(MigrationError, match="ends its transaction"):
        migrate(empty_database, areas)


def test_a_changed_file_is_an_error(empty_database: str, areas: dict[str, Path]) -> None:
    migrate(empty_database, areas)
    (areas["events"] / "0001_letters.sql").write_text("CREATE TABLE letters (letter text) -- new")
    for act in (migrate, pending):
        with pytest.raises(MigrationError, match=r"events/0001_letters.sql was changed"):
            act(empty_database, areas)


def test_a_database_of_a_newer_version_is_an_error(
    empty_database: str, areas: dict[str, Path]
) -> None:
    migrate(empty_database, areas)
    (areas["intake"] / "0001_first.sql").unlink()
    with pytest.raises(MigrationError, match=r"intake/0001_first.sql.*newer"):
        migrate(empty_database, areas)


@pytest.mark.parametrize("name", ["first.sql", "1_first.sql", "0001_letters_again.sql"])
def test_a_misnamed_or_doubled_number_is_an_error(
    empty_database: str, areas: dict[str, Path], name: str
) -> None:
    (areas["events"] / name).write_text("SELECT 1")
    with pytest.raises(MigrationError, match=name):
        migrate(empty_database, areas)


def test_many_processes_at_once_apply_each_file_once(
    empty_database: str, areas: dict[str, Path]
) -> None:
    results: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: results.append(migrate(empty_database, areas)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, results)) == [0, 0, 0, 2]
    assert letters(empty_database) == ["100%", "甲"]


def test_the_shipped_migrations_are_applied_in_the_template(fresh_database: str) -> None:
    assert pending(fresh_database) == []
