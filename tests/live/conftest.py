"""One running simulation for all tests of this folder: every process, started as a user would."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from redress.live.playing import LivePlayer
from redress.live.stage import Stage, own_stage

OUTSIDE = "https://customers.example/notices"
PROCEDURES = Path(__file__).resolve().parents[2] / "procedures"


@pytest.fixture(scope="session")
def live_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="session")
def stage(live_folder: Path) -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(live_folder))
        patch.setenv("REDRESS_WEBHOOK_URL", OUTSIDE)
        with own_stage(PROCEDURES, while_waiting=lambda: None) as running:
            patch.undo()
            yield running
    assert list(live_folder.iterdir()) == []


@pytest.fixture
def live_home(stage: Stage, live_folder: Path) -> Path:
    """REDRESS_HOME of the running simulation."""
    (home,) = live_folder.iterdir()
    return home


@pytest.fixture(scope="session")
def player(stage: Stage) -> Iterator[LivePlayer]:
    with contextlib.closing(LivePlayer(stage)) as player:
        yield player
