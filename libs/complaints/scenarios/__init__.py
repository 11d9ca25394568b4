"""Scenario files: a case told with times, and what must come of it, played against the rules."""

from __future__ import annotations

from libs.complaints.scenarios.playing import Played, play
from libs.complaints.scenarios.reading import Scenario, ScenarioStep, read_scenario
from libs.complaints.scenarios.report import Result, run_file

__all__ = [
    "Played",
    "Result",
    "Scenario",
    "ScenarioStep",
    "play",
    "read_scenario",
    "run_file",
]
