"""Intake and dispatch as a user meets them: HTTP, a real store, a relay, tokens."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.dispatch import bootstrap as dispatch
from services.dispatch.settings import DispatchSettings
from services.intake import bootstrap as intake
from services.intake.settings import IntakeSettings
from tests.services.world import World, sequencing, serving

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
    common = {"keys": keys, "procedures": regulations_folder}
    taking = IntakeSettings(
        database_url=role_dsn_of("redress_intake", module_database),
        default_procedure="small",
        **common,
    )
    working = DispatchSettings(
        database_url=role_dsn_of("redress_dispatch", module_database), **common
    )
    with contextlib.ExitStack() as stack:
        stack.enter_context(sequencing(role_dsn_of("redress_relay", module_database)))
        intake_url = stack.enter_context(serving(intake.build(taking)))
        dispatch_url = stack.enter_context(serving(dispatch.build(working)))
        people = World(module_database, keys, intake_url, dispatch_url)
        stack.callback(people.close)
        yield people
