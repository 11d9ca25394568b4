"""Where the names of the units come from."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from services.analytics.settings import AnalyticsSettings


def settings(**more: Path) -> AnalyticsSettings:
    return AnalyticsSettings(database_url=SecretStr("-"), keys=Path("keys"), **more)


def test_the_file_beside_the_procedures_counts_wherever_the_process_was_started(tmp_path: Path):
    (tmp_path / "organisation").mkdir()
    ours = tmp_path / "organisation" / "ours.yaml"
    ours.touch()
    assert settings(procedures=tmp_path).organisation_file == ours


def test_a_file_that_is_named_goes_before_it(tmp_path: Path):
    named = tmp_path / "named.yaml"
    assert settings(procedures=tmp_path, organisation=named).organisation_file == named
