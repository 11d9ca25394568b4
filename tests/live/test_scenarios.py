"""Told cases come to the same through the running services as by the pure rules."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from libs.complaints.scenarios import Picture, play, play_file, read_scenario, run_file
from libs.procedures.calendar import load_calendar
from libs.procedures.schema import ProcedureBook
from redress.live.playing import LivePlayer

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "tests" / "scenarios").rglob("*.yaml"))
MISTOLD = """
scenario: mistold
procedure: telecom-complaint
times: Asia/Shanghai
steps:
  - {at: '2026-03-02 09:00', do: register, by: agent, unit: henan/hotline,
     with: {channel: hotline, level: provincial, customer_tier: ordinary}}
check_at: '2026-03-02 10:00'
expect: {status: closed}
"""

EARLY = """
scenario: early
procedure: telecom-complaint
times: Asia/Shanghai
steps:
  - {at: '2026-03-02 08:00', do: close, by: centre, unit: henan/centre, refused: true,
     because: not-registered - nobody has complained yet}
  - {at: '2026-03-02 09:00', do: register, by: agent, unit: henan/hotline,
     with: {channel: hotline, level: provincial, customer_tier: ordinary, remembered: by nobody}}
check_at: '2026-03-02 10:00'
expect: {status: open}
"""


@pytest.fixture(scope="module")
def book() -> ProcedureBook:
    return ProcedureBook(ROOT / "procedures")


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_case_comes_to_the_same_as_by_the_pure_rules(
    path: Path, book: ProcedureBook, player: LivePlayer
) -> None:
    scenario = read_scenario(path)
    assert scenario is not None
    procedure = book.get(scenario.procedure)
    calendar = load_calendar(ROOT / "procedures" / "calendars" / "mainland.yaml")
    live, pure = player.play(scenario, procedure), play(scenario, procedure, calendar)
    assert _told(live) == _told(pure)


def test_a_case_told_wrongly_fails_with_its_first_difference(
    book: ProcedureBook, player: LivePlayer, tmp_path: Path
) -> None:
    path = tmp_path / "mistold.yaml"
    path.write_text(MISTOLD, encoding="utf-8")
    result = play_file(path, book, player.play)
    assert result.outcome == "failed"
    assert result.difference == "status is open, expected closed"


def test_a_step_before_there_is_a_complaint_is_refused_and_what_no_rule_reads_is_passed_over(
    book: ProcedureBook, player: LivePlayer, tmp_path: Path
) -> None:
    path = tmp_path / "early.yaml"
    path.write_text(EARLY, encoding="utf-8")
    calendar = load_calendar(ROOT / "procedures" / "calendars" / "mainland.yaml")
    assert run_file(path, book, calendar).difference is None
    assert play_file(path, book, player.play).difference is None


def _told(picture: Picture) -> dict[str, object]:
    """All that a scenario file can speak of: times to the minute, refusals by their rules."""
    return {
        "status": picture.status,
        "number": picture.number,
        "events": picture.events,
        "clocks": [_to_the_minute(msgspec.structs.asdict(clock)) for clock in picture.clocks],
        "refusals": [
            refusal and {broken.rule for broken in refusal.broken} for refusal in picture.refusals
        ],
    }


def _to_the_minute(fields: dict[str, object]) -> dict[str, object]:
    return {
        name: value.replace(second=0, microsecond=0) if isinstance(value, datetime) else value
        for name, value in fields.items()
    }
