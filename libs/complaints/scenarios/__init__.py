"""Scenario files: a case told with times, and what must come of it, played against the rules."""

from __future__ import annotations

from libs.complaints.scenarios.picture import Picture, SeenClock
from libs.complaints.scenarios.playing import play
from libs.complaints.scenarios.reading import Scenario, ScenarioStep, read_scenario
from libs.complaints.scenarios.report import Result, play_file, run_file

__all__ = [
    "Picture",
    "Result",
    "Scenario",
    "ScenarioStep",
    "SeenClock",
    "play",
    "play_file",
    "read_scenario",
    "run_file",
]
