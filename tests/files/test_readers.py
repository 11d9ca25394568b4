"""A file is sealed content: given to one who may read the case's text, and on record before."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from libs.access.identity import Subject
from tests.files.samples import PDF
from tests.fuzz.whole import Whole, whole
from tests.services.world import AGENT, AUDITOR, CENTRE, NATIONAL, OTHER_CENTRE

REGULATOR = Subject(staff="s-regulator", role="regulator", unit="regulator")
WITHOUT_TEXT = {"channel": "hotline", "level": "provincial"}


@pytest.fixture(scope="module")
def world(module_database, role_dsn_of, tmp_path_factory) -> Iterator[Whole]:
    with whole(module_database, role_dsn_of, tmp_path_factory.mktemp("files")) as everything:
        yield everything


@pytest.fixture(scope="module")
def named(world: Whole) -> str:
    """Path of a file of a complaint that has no other sealed content."""
    body = {"with": WITHOUT_TEXT}
    registered = world.intake.post("/complaints", json=body, headers=world.headers(AGENT))
    complaint = registered.json()["complaint"]
    headers = {**world.headers(AGENT), "Content-Type": "application/pdf"}
    path = f"/complaints/{complaint}/files"
    file = world.intake.post(path, content=PDF, headers=headers).json()["file"]
    assert world.step(complaint, "supplement", AGENT, **{"with": {"files": [file]}}).is_success
    return f"/cases/{complaint}/files/{file}"


def asked(world: Whole, path: str, subject: Subject | None) -> httpx.Response:
    token = {} if subject is None else {"Authorization": f"Bearer {world.token(subject)}"}
    return httpx.get(world.urls["analytics"] + path, headers=token)


@pytest.mark.parametrize(
    ("subject", "status"),
    [(AGENT, 200), (CENTRE, 200), (NATIONAL, 200),
     (AUDITOR, 404), (OTHER_CENTRE, 404), (REGULATOR, 404), (None, 401)],
    ids=lambda value: getattr(value, "staff", value),
)  # fmt: skip
def test_who_is_given_a_file(world: Whole, named: str, subject: Subject | None, status: int):
    answer = asked(world, named, subject)
    assert answer.status_code == status
    assert (answer.content == PDF) == (status == 200)


def test_a_file_given_out_is_on_record(world: Whole, named: str):
    assert asked(world, named, CENTRE).status_code == 200
    reads = asked(world, named.rpartition("/files/")[0] + "/reads", NATIONAL).json()["reads"]
    assert (reads[0]["staff"], reads[0]["handed_out"], reads[0]["fields"]) == (
        "s-centre", "file", ["files"],
    )  # fmt: skip
