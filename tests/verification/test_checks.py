"""`redress verify` finds what an accident or a hand could have changed, and nothing else."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from redress.verification.chains import check_chain
from redress.verification.commands import check_commands
from redress.verification.feed import check_feed
from redress.verification.files import check_files
from redress.verification.journals import Journal, check_journals, read_journals
from redress.verification.notices import check_notices

STREAM = "complaint/s1-1"


def chain(length: int) -> list[tuple[str, int, str, bytes, bytes, bytes]]:
    rows, previous = [], "0" * 64
    for version in range(1, length + 1):
        body = json.dumps({"n": version}).encode()
        header = {
            "body": hashlib.sha256(body).hexdigest(),
            "prev": previous,
            "stream": STREAM,
            "type": "ProgressReported",
            "version": version,
        }
        header_bytes = json.dumps(header).encode()
        hash_ = hashlib.sha256(b"\x00" + header_bytes).digest()
        rows.append((STREAM, version, "ProgressReported", header_bytes, body, hash_))
        previous = hash_.hex()
    return rows


def found(rows: list, heads: dict | None = None) -> list[tuple[int, str]]:
    if heads is None:
        heads = {STREAM: (rows[-1][1], rows[-1][5])}
    return [(finding.version, finding.reason) for finding in check_chain(rows, heads)]


def test_a_whole_chain_has_no_finding() -> None:
    assert found(chain(5)) == []


@pytest.mark.parametrize("column", [3, 4, 5])
@pytest.mark.parametrize("version", [1, 3, 5])
def test_a_flipped_byte_is_named_by_version(column: int, version: int) -> None:
    rows = chain(5)
    heads = {STREAM: (5, rows[-1][5])}
    row = list(rows[version - 1])
    row[column] = bytes([row[column][0] ^ 1]) + row[column][1:]
    rows[version - 1] = tuple(row)
    assert version in {at for at, _ in found(rows, heads)}


def test_a_missing_event_is_found() -> None:
    rows = chain(5)
    assert (4, "follows version 2") in found(rows[:2] + rows[3:])


def test_a_cut_tail_is_found_by_the_head() -> None:
    rows = chain(5)
    assert found(rows[:4], {STREAM: (5, rows[4][5])}) == [(4, "is not the stream's head")]


def test_a_stream_without_events_is_found() -> None:
    rows = chain(2)
    heads = {STREAM: (2, rows[1][5]), "complaint/s1-2": (1, b"")}
    assert found(rows, heads) == [(0, "the stream has no events")]


def feed(rows: list, versions: dict, waiting: dict | None = None) -> list[str]:
    return [finding.reason for finding in check_feed(rows, versions, waiting or {})]


def test_a_dense_feed_in_order_has_no_finding() -> None:
    assert feed([(0, "a", 1), (1, "b", 1), (2, "a", 2)], {"a": 2, "b": 1}) == []


def test_events_still_in_the_outbox_are_not_missed() -> None:
    assert feed([(0, "a", 1)], {"a": 2}, {"a": 1}) == []


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([(0, "a", 1), (2, "a", 2)], "position 2 follows 0"),
        ([(0, "a", 2), (1, "a", 1)], "comes after version 0 of its stream"),
        ([(0, "a", 1), (1, "a", 1)], "comes after version 1 of its stream"),
        ([(0, "a", 1)], "the feed reached version 1"),
    ],
)
def test_gaps_inversions_doubles_and_losses_are_found(rows: list, reason: str) -> None:
    assert reason in feed(rows, {"a": 2})


ENTRY = {"command": "c1", "complaint": "s1-1", "version": 2, "events": ["A", "B"], "number": "N1"}


def test_an_acknowledgement_that_is_stored_as_given_has_no_finding(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal-1.jsonl")
    journal.write(ENTRY)
    journal.close()
    stored = {"c1": (STREAM, 1, 2, "N1")}
    assert list(check_journals(read_journals(tmp_path), stored)) == []


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"c1": (STREAM, 1, 1, "N1")},
        {"c1": (STREAM, 2, 2, "N1")},
        {"c1": (STREAM, 1, 2, "N2")},
        {"c1": ("complaint/s1-9", 1, 2, "N1")},
    ],
)
def test_a_broken_acknowledgement_is_found(stored: dict) -> None:
    assert [f.version for f in check_journals([ENTRY], stored)] == [2]


def test_a_torn_last_line_promised_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal-1.jsonl"
    path.write_text(json.dumps(ENTRY) + '\n{"command": "c2", "compl', encoding="utf-8")
    assert [entry["command"] for entry in read_journals(tmp_path)] == ["c1"]


def told(version: int, **changed: object) -> tuple:
    row = {
        "stream": STREAM, "version": version, "named": f"c{version}", "number": None,
        "centre": "henan", "procedure": "small" if version == 1 else None,
        "stored": f"c{version}", "drawn": None, **changed,
    }  # fmt: skip
    return tuple(row.values())


def commands_found(*rows: tuple, promised: int | None = None) -> list[str]:
    ordered = sorted(rows, key=lambda row: row[:2])
    return [f.reason for f in check_commands(ordered, len(rows) if promised is None else promised)]


NUMBERED = {"number": "N1", "drawn": "N1"}


def test_events_of_one_command_each_have_no_finding() -> None:
    assert commands_found(told(1, **NUMBERED), told(2), told(3)) == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (told(2, stored=None), "the command it names is not stored for it"),
        (told(2, stored="c9"), "the command it names is not stored for it"),
        (told(1, stored="c9"), "belongs to two commands"),
        (told(2, number="N2", drawn=None), "its command was told another number"),
        (told(1, stream="complaint/s1-9", **NUMBERED), "its number is another complaint's too"),
    ],
)
def test_what_is_not_one_commands_own_is_found(row: tuple, reason: str) -> None:
    assert reason in commands_found(told(1, **NUMBERED), row)


def test_a_command_without_its_events_is_found() -> None:
    assert commands_found(told(1), promised=2) == ["commands tell of 2 events, there are 1"]


def test_numbers_of_two_centres_or_procedures_may_be_alike() -> None:
    other = told(1, stream="complaint/s1-8", centre="hebei", **NUMBERED)
    another = told(1, stream="complaint/s1-9", procedure="large", **NUMBERED)
    assert commands_found(told(1, **NUMBERED), other, another) == []


@pytest.mark.parametrize(
    ("event", "notice", "found"),
    [
        ("DeadlineMissed", "DeadlineMissed", []),
        ("DeadlineMissed", None, ["DeadlineMissed has no notice"]),
        (None, "DeadlineMissed", ["a notice of DeadlineMissed has no event"]),
    ],
)
def test_every_notice_has_its_event(event, notice, found) -> None:
    assert [f.reason for f in check_notices([(STREAM, 3, event, notice)])] == found


NAME = f"{'0' * 64}.300000.pdf"


@pytest.mark.parametrize(
    ("chunks", "size", "found"),
    [
        (2, 300_056, []),
        (1, 262_172, ["names a file of which 1 of 2 chunks are kept"]),
        (0, 0, ["names a file of which 0 of 2 chunks are kept"]),
        (2, 300_055, ["names a file of which 2 of 2 chunks are kept"]),
    ],
)
def test_a_file_that_is_not_kept_whole_is_found(chunks, size, found) -> None:
    assert [f.reason for f in check_files([(STREAM, 3, NAME, chunks, size)])] == found
