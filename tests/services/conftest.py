"""Intake and dispatch as a user meets them: HTTP, a real store, a relay, tokens."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.world import World, both_services

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def regulations_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests' own procedure, with the shipped calendars."""
    folder = tmp_path_factory.mktemp("procedures")
    shutil.copy(HERE / "small.yaml", folder)
    shutil.copytree("procedures/calendars", folder / "calendars")
    return folder


@pytest.fixture(scope="module")
def world(
    module_database: str, role_dsn_of: Any, tmp_path_factory: Any, regulations_folder: Path
) -> Iterator[World]:
    """Both services on a database of this module's own."""
    keys = tmp_path_factory.mktemp("keys")
    with both_services(module_database, role_dsn_of, keys, regulations_folder) as people:
        yield people
