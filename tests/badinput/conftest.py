"""The services of `tests/services`, with one complaint that has a work order."""

from __future__ import annotations

import pytest

from tests.services.conftest import regulations_folder, world  # noqa: F401 - fixtures
from tests.services.world import AGENT, CENTRE, World


@pytest.fixture(scope="module")
def complaint(world: World) -> str:  # noqa: F811 - the fixture
    """A complaint registered today, order A with henan/network."""
    registered = str(world.register(AGENT)["complaint"])
    issued = world.step(registered, "issue-order", CENTRE, order="A", to="henan/network")
    assert issued.is_success, issued.text
    return registered
