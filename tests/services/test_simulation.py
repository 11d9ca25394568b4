"""A simulation: its own time, and everybody sees everything."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest

from libs.access.identity import Subject
from services.intake import bootstrap as intake
from services.intake.settings import IntakeSettings
from tests.services.world import AGENT, World, serving

STARTS_AT = datetime(2026, 2, 13, 9, 0, tzinfo=UTC)
STRANGER = Subject(staff="s-stranger", role="customer", unit="elsewhere")


@pytest.fixture
def simulation(fresh_database, role_dsn, tmp_path, regulations_folder):
    """Intake on a database that plays 600 times as fast as life."""
    session = psycopg2.connect(fresh_database)
    with contextlib.closing(session), session, session.cursor() as cursor:
        cursor.execute("SELECT events.declare_simulation(%s, 600)", (STARTS_AT,))
    settings = IntakeSettings(
        database_url=role_dsn("redress_intake"),
        keys=tmp_path,
        procedures=regulations_folder,
        default_procedure="small",
    )
    with serving(intake.build(settings)) as url:
        world = World(fresh_database, tmp_path, url, url)
        yield world
        world.close()


def test_it_has_its_own_time_and_no_secrets(simulation):
    registered = simulation.register(subject=AGENT)
    recorded_at = datetime.fromisoformat(registered["recorded_at"])
    assert STARTS_AT <= recorded_at < STARTS_AT + timedelta(days=2)
    assert registered["number"].startswith("henan-2602")
    more = {"with": {"content": "补充"}}
    answer = simulation.step(registered["complaint"], "supplement", STRANGER, **more)
    assert answer.status_code == 200


def test_a_claimed_time_is_weighed_by_its_clock(simulation):
    def status(happened_at: datetime) -> int:
        body = {"with": {"channel": "hotline"}, "happened_at": happened_at.isoformat()}
        headers = simulation.headers(AGENT)
        return simulation.intake.post("/complaints", json=body, headers=headers).status_code

    assert status(STARTS_AT - timedelta(hours=1)) == 201
    assert status(STARTS_AT + timedelta(days=30)) == 409
