"""The documents lead somewhere: every link to a file of the repository exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCUMENTS = sorted([*Path().glob("*.md"), *Path("docs").rglob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (document.parent / link).exists()] == []


def test_every_decision_is_in_the_index() -> None:
    index = Path("docs/decisions/README.md").read_text(encoding="utf-8")
    pages = {path.name for path in Path("docs/decisions").glob("[0-9]*.md")}
    assert pages == set(re.findall(r"\((\d[^)]+\.md)\)", index))
