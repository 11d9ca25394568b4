"""Files that are not what they are said to be, too large, or nobody's: refused, nothing kept."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.badinput.unharmed import faults, refused, unharmed
from tests.files.samples import FALSE, PDF
from tests.services.world import AGENT, AUDITOR, OTHER_CENTRE, World

MOST = 20 * 1024 * 1024


def upload(
    world: World, complaint: str, content: bytes | Iterator[bytes], media_type: str, subject=AGENT
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {world.token(subject)}", "Content-Type": media_type}
    return world.intake.post(f"/complaints/{complaint}/files", content=content, headers=headers)


@pytest.mark.parametrize("told", FALSE)
def test_bytes_that_do_not_match_their_type(world, complaint, told):
    media_type, content = FALSE[told]
    with unharmed(world):
        problem = refused(upload(world, complaint, content, media_type), 415, "file-type")
        assert faults(problem) == [("Content-Type", "not-its-type")]


@pytest.mark.parametrize("media_type", ["", "text/html", "application/json", "application/zip"])
def test_a_type_that_is_not_taken(world, complaint, media_type):
    with unharmed(world):
        problem = refused(upload(world, complaint, PDF, media_type), 415, "file-type")
        assert faults(problem) == [("Content-Type", "type-not-taken")]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_over_20_mib(world, complaint, chunked):
    content = PDF + bytes(MOST)
    parts = (content[at : at + 65_536] for at in range(0, len(content), 65_536))
    with unharmed(world):
        answer = upload(world, complaint, parts if chunked else content, "application/pdf")
        refused(answer, 413, "file-too-large")


@pytest.mark.parametrize(
    ("subject", "status"), [(OTHER_CENTRE, 404), (AUDITOR, 403)], ids=["stranger", "auditor"]
)
def test_a_file_of_one_who_may_not_add_it(world, complaint, subject, status):
    with unharmed(world):
        refused(upload(world, complaint, PDF, "application/pdf", subject), status)


@pytest.mark.parametrize("complaint_", ["x", "s1-" + "0" * 32])
def test_a_file_for_no_complaint(world, complaint_):
    with unharmed(world):
        refused(upload(world, complaint_, PDF, "application/pdf"), 404, "absent")


@pytest.mark.parametrize(
    ("name", "code"),
    [("letter.pdf", "not-file"), ("0" * 64, "not-file"), (7, "not-file"),
     (f"{'Ａ' * 64}.1.pdf", "not-file"), (f"{'0' * 64}.1.pdf", "no-such-file")],
)  # fmt: skip
def test_a_step_that_names_no_file(world, complaint, name, code):
    with unharmed(world):
        answer = world.step(complaint, "supplement", AGENT, **{"with": {"files": [name]}})
        assert faults(refused(answer, 422, "bad-field")) == [("with.files", code)]
