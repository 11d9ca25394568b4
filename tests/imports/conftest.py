"""A desk per test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.imports.desk import Desk, desk_on


@pytest.fixture
def desk(fresh_database: str, role_dsn: Callable[..., str], tmp_path: Path) -> Iterator[Desk]:
    with desk_on(fresh_database, role_dsn, tmp_path) as desk:
        yield desk
