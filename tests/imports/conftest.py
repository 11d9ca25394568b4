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


@pytest.fixture(scope="module")
def empty_desk(
    module_database: str,
    role_dsn_of: Callable[[str, str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Desk]:
    """One for tests that store nothing, which they hold against each other."""

    def dsn_of(role: str) -> str:
        return role_dsn_of(role, module_database)

    with desk_on(module_database, dsn_of, tmp_path_factory.mktemp("desk")) as desk:
        yield desk
