"""A drill per test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.sla.drill import Drill, drilling


@pytest.fixture
def drill(fresh_database: str, role_dsn: Callable[..., str]) -> Iterator[Drill]:
    with drilling(fresh_database, role_dsn) as drill:
        yield drill
