"""Files of a complaint over HTTP: put in, named by a step, given out to one who may read."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator

import httpx
import psycopg2
import pytest

from libs.access.filesealing import CHUNK_BYTES
from libs.casework.regulations import Regulations
from libs.events.postgres.database import Database
from redress.verification.promises import verify
from tests.analytics.enterprise import PROCEDURES, Enterprise, enterprise
from tests.files.samples import GENUINE, PDF
from tests.services.world import AGENT, CENTRE, HANDLER

LONG = PDF + bytes(range(256)) * (CHUNK_BYTES // 128)


@pytest.fixture(scope="module")
def work(module_database, role_dsn_of, tmp_path_factory) -> Iterator[Enterprise]:
    with enterprise(module_database, role_dsn_of, tmp_path_factory.mktemp("keys")) as working:
        yield working


@pytest.fixture
def complaint(work: Enterprise) -> str:
    return str(work.complaint()["complaint"])


def upload(
    work: Enterprise, complaint: str, content: bytes = PDF, media_type: str = "application/pdf"
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {work.token(AGENT)}", "Content-Type": media_type}
    return work.intake.post(f"/complaints/{complaint}/files", content=content, headers=headers)


def kept(work: Enterprise, complaint: str, content: bytes = PDF) -> str:
    answer = upload(work, complaint, content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["file"])


def download(work: Enterprise, complaint: str, file: str, subject=CENTRE) -> httpx.Response:
    return work.asked(f"/cases/{complaint}/files/{file}", subject)


@pytest.mark.parametrize("media_type", GENUINE)
def test_a_file_comes_back_as_it_was_uploaded(work, complaint, media_type):
    content = GENUINE[media_type]
    told = upload(work, complaint, content, media_type).json()
    assert (told["size"], told["media_type"]) == (len(content), media_type)
    work.do(complaint, "supplement", AGENT, **{"with": {"files": [told["file"]]}})
    answer = download(work, complaint, told["file"])
    assert answer.content == content
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    assert complaint not in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_the_event_carries_hash_size_and_type(work, complaint):
    file = kept(work, complaint, LONG)
    work.do(complaint, "supplement", AGENT, **{"with": {"files": [file], "content": "见附件"}})
    event = work.read(f"/cases/{complaint}", CENTRE)["events"][-1]
    assert event["data"]["files"] == [file]
    address, size, kind = file.split(".")
    assert (len(address), int(size), kind) == (64, len(LONG), "pdf")
    page = work.asked(f"/cases/{complaint}/export", CENTRE, format="html").text
    assert file in page


@pytest.mark.parametrize(
    ("action", "subject", "told"),
    [("feed-back", HANDLER, {"result": "solved", "text": "已修复"}),
     ("answer", CENTRE, {"by": "phone", "text": "已告知"})],
)  # fmt: skip
def test_steps_of_other_services_name_files_too(work, complaint, action, subject, told):
    work.do(complaint, "issue-order", CENTRE, order="A", to="henan/network")
    work.do(complaint, "receive-order", HANDLER, order="A")
    body = {"order": "A", "to": "henan/centre"} if action == "feed-back" else {}
    if action == "answer":
        fed = {"result": "solved", "text": "已修复"}
        work.do(complaint, "feed-back", HANDLER, order="A", to="henan/centre", **{"with": fed})
    file = kept(work, complaint)
    done = work.do(complaint, action, subject, **body, **{"with": {**told, "files": [file]}})
    assert done["events"]
    assert download(work, complaint, file).content == PDF


def test_the_same_file_sent_twice_is_kept_once(work, complaint):
    count = "SELECT count(*), min(kept_at) FROM events.file_chunks WHERE stream = %s"
    first = kept(work, complaint, LONG)
    stored = work.ask(count, f"complaint/{complaint}")
    assert kept(work, complaint, LONG) == first
    assert work.ask(count, f"complaint/{complaint}") == stored


def test_the_store_holds_no_byte_of_it_in_the_clear(work, complaint):
    secret = "身份证 410101199001011234".encode() * 4
    answer = upload(work, complaint, secret, "text/plain")
    file = answer.json()["file"]
    rows = work.ask("SELECT sealed FROM events.file_chunks WHERE file = %s", file.split(".")[0])
    assert all(secret[:24] not in bytes(row[0]) for row in rows)
    assert hashlib.sha256(secret).hexdigest() not in file


def test_what_no_event_names_is_not_given_out(work, complaint):
    file = kept(work, complaint, PDF + b"unnamed")
    assert download(work, complaint, file).status_code == 404


def test_a_file_of_another_case_cannot_be_named(work, complaint):
    other = str(work.complaint()["complaint"])
    file = kept(work, other)
    answer = work.step(complaint, "supplement", AGENT, **{"with": {"files": [file]}})
    assert answer.status_code == 422
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [
        ("with.files", "no-such-file")
    ]


@pytest.mark.parametrize("spoil", ["size", "kind", "address"])
def test_a_name_that_says_something_else_of_the_file_is_refused(work, complaint, spoil):
    address, size, kind = kept(work, complaint).split(".")
    false = {
        "size": f"{address}.{int(size) + 1}.{kind}",
        "kind": f"{address}.{size}.exe",
        "address": f"{'0' * 64}.{size}.{kind}",
    }[spoil]
    answer = work.step(complaint, "supplement", AGENT, **{"with": {"files": [false]}})
    assert answer.status_code == 422


def test_when_the_key_is_destroyed_the_file_is_gone(work, complaint):
    file = kept(work, complaint)
    work.do(complaint, "supplement", AGENT, **{"with": {"files": [file]}})
    work.tell("DELETE FROM keys.case_keys WHERE stream = %s", f"complaint/{complaint}")
    assert download(work, complaint, file).status_code == 410


@pytest.mark.parametrize("statement", ["UPDATE events.file_chunks SET place = place + 1",
                                       "DELETE FROM events.file_chunks",
                                       "TRUNCATE events.file_chunks"])  # fmt: skip
@pytest.mark.parametrize("role", [None, "redress_intake"])
def test_chunks_are_never_changed(work, complaint, role_dsn_of, statement, role):
    kept(work, complaint)
    dsn = work.dsn if role is None else role_dsn_of(role, work.dsn)
    with (
        contextlib.closing(psycopg2.connect(dsn)) as session,
        session.cursor() as cursor,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        cursor.execute(statement)


def test_verify_finds_every_file_that_events_name(work, complaint):
    work.do(complaint, "supplement", AGENT, **{"with": {"files": [kept(work, complaint, LONG)]}})
    database = Database(work.dsn, application_name="test")
    found = [
        result
        for result in verify(
            database, journal_folders=[], read_models=[], regulations=Regulations(PROCEDURES),
            watched=False, progress=lambda _promise, _count: None,
        )
        if result.promise in {"files", "commands", "streams"}
    ]  # fmt: skip
    database.close()
    assert [finding for result in found for finding in result.findings] == []
    assert {result.promise: result.looked_at > 0 for result in found} == {
        "files": True, "commands": True, "streams": True,
    }  # fmt: skip
