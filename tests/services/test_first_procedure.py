"""The tutorial as its reader lives it: a procedure written, published to services that run, and a
complaint registered, warned, answered, called back and closed under it, without a restart.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from libs.access.identity import Subject
from libs.events.postgres.simulation import make_simulation, step_to
from redress.main import main
from services.dispatch import bootstrap as dispatch
from services.dispatch.settings import DispatchSettings
from services.intake import bootstrap as intake
from services.intake.settings import IntakeSettings
from services.sla import bootstrap as sla
from services.sla.settings import WatchdogSettings
from tests.analytics.enterprise import wait_until
from tests.services.world import World, sequencing, serving

TUTORIAL = Path("docs/first-procedure.md")
DESK = Subject(staff="ann", role="agent", unit="pearl/front-desk")
MANAGER = Subject(staff="li", role="manager", unit="pearl/front-desk", post="duty-manager")
GUEST = {"channel": "desk", "problem": "noise", "room": "R512"}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def hotel(fresh_database, role_dsn, tmp_path, regulations_folder) -> Iterator[World]:
    """Services that know nothing of hotels, on a Saturday night."""
    make_simulation(fresh_database, starts_at=local("2026-03-07 21:30"))
    common = {"keys": tmp_path, "procedures": regulations_folder}
    with contextlib.ExitStack() as stack:
        stack.enter_context(sequencing(role_dsn("redress_relay")))
        taking = IntakeSettings(database_url=role_dsn("redress_intake"), **common)
        working = DispatchSettings(database_url=role_dsn("redress_dispatch"), **common)
        watching = WatchdogSettings(database_url=role_dsn("redress_sla"), **common)
        intake_url = stack.enter_context(serving(intake.build(taking)))
        dispatch_url = stack.enter_context(serving(dispatch.build(working)))
        stack.enter_context(serving(sla.build(watching)))
        world = World(fresh_database, tmp_path, intake_url, dispatch_url)
        stack.callback(world.close)
        yield world


def publish(world: World, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_DATABASE_URL", world.dsn)
    monkeypatch.setattr("sys.argv", ["redress", "procedure", "publish", str(file)])
    with pytest.raises(SystemExit) as leaving:
        main()
    assert leaving.value.code in {0, None}


def test_a_hotel_chain_works_by_its_own_rules_without_a_restart(hotel, tmp_path, monkeypatch):
    file = tmp_path / "hotel-chain.yaml"
    file.write_text(
        re.findall(r"```yaml\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)[0],
        encoding="utf-8",
    )
    body = {"procedure": "hotel-chain", "with": GUEST}
    unknown = hotel.intake.post("/complaints", json=body, headers=hotel.headers(DESK))
    assert unknown.status_code == 422

    publish(hotel, file, monkeypatch)
    answers = []

    def taken() -> bool:
        answers.append(hotel.intake.post("/complaints", json=body, headers=hotel.headers(DESK)))
        return answers[-1].status_code == 201

    wait_until(taken)
    complaint = answers[-1].json()["complaint"]

    def step(action: str, subject: Subject = DESK, **told: object) -> int:
        answer = hotel.step(complaint, action, subject, **({"with": told} if told else {}))
        assert answer.status_code in {200, 409}, answer.text
        return answer.status_code

    # Half of the two hours has passed when the desk has been open half an hour again.
    step_to(hotel.dsn, local("2026-03-08 08:31"))
    wait_until(lambda: "DeadlineWarned" in hotel.events(complaint))
    assert step("report-progress", text="已换房") == 200
    assert step("answer", text="酒吧将提前打烊") == 200
    assert step("close", outcome="solved") == 409
    assert step("revisit", reached=True) == 409
    assert step("revisit", MANAGER, reached=True, satisfaction="satisfied") == 200
    assert step("close", outcome="solved") == 200
    assert hotel.events(complaint) == [
        "ComplaintRegistered", "DeadlineWarned", "ProgressReported", "CustomerAnswered",
        "RevisitMade", "ComplaintClosed",
    ]  # fmt: skip
    pinned = hotel.ask("SELECT kind, id FROM events.publications WHERE source = 'command'")
    assert pinned == [("procedure", "hotel-chain")]
