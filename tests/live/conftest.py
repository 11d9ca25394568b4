"""One running simulation for all tests of this folder: every process, started as a user would."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from redress.live.playing import LivePlayer
from redress.live.stage import Stage, own_stage

PROCEDURES = Path(__file__).resolve().parents[2] / "procedures"


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    with own_stage(PROCEDURES, while_waiting=lambda: None) as running:
        yield running


@pytest.fixture(scope="session")
def player(stage: Stage) -> Iterator[LivePlayer]:
    with contextlib.closing(LivePlayer(stage)) as player:
        yield player
