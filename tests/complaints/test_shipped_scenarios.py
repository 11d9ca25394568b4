"""Every told case in tests/scenarios comes out as told, under the shipped procedures."""

from __future__ import annotations

from pathlib import Path

import pytest

from libs.complaints.scenarios import run_file
from libs.procedures.calendar import load_calendar
from libs.procedures.schema import ProcedureBook

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "tests" / "scenarios").rglob("*.yaml"))


@pytest.fixture(scope="module")
def book() -> ProcedureBook:
    return ProcedureBook(ROOT / "procedures")


@pytest.fixture(scope="module")
def calendar():
    return load_calendar(ROOT / "procedures" / "calendars" / "mainland.yaml")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_case_comes_out_as_told(path, book, calendar):
    result = run_file(path, book, calendar)

    assert result.difference is None


def test_there_are_told_cases():
    assert FILES
