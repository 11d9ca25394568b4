"""One enterprise per module of tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.analytics.enterprise import Enterprise, enterprise


@pytest.fixture(scope="module")
def work(
    module_database: str,
    role_dsn_of: Callable[[str, str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Enterprise]:
    """The services of an enterprise on a database of this module's own."""
    with enterprise(module_database, role_dsn_of, tmp_path_factory.mktemp("keys")) as working:
        yield working
