"""The procedure of a registration that names none: by unit and tier, as the organisation says."""

from __future__ import annotations

from pathlib import Path

import pytest

from libs.procedures.document import ProcedureError
from libs.steps.defaults import load_defaults

LINES = """
procedures:
  - {tier: appeal, procedure: appeals}
  - {unit: [<house>/front-desk, group/...], procedure: hotel-chain}
  - {unit: group, tier: escalated, procedure: escalated}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "organisation").mkdir()
    (tmp_path / "organisation" / "ours.yaml").write_text(LINES, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("unit", "tier", "procedure"),
    [
        ("pearl/front-desk", None, "hotel-chain"),
        ("pearl/front-desk", "appeal", "appeals"),
        ("group/audit", None, "hotel-chain"),
        ("group", "escalated", "escalated"),
        ("group", None, "otherwise"),
        ("pearl/kitchen", ["appeal"], "otherwise"),
    ],
)
def test_the_first_line_that_fits_unit_and_tier_counts(folder, unit, tier, procedure):
    assert load_defaults(folder, "otherwise").choose(unit, tier) == procedure


def test_without_an_organisation_the_setting_counts(tmp_path):
    assert load_defaults(tmp_path, "otherwise").choose("pearl/front-desk", "appeal") == "otherwise"


def test_a_faulty_line_is_refused_at_its_place(folder):
    path = folder / "organisation" / "ours.yaml"
    path.write_text(LINES.replace("tier: appeal", "teir: appeal"), encoding="utf-8")
    with pytest.raises(ProcedureError, match=r"ours.yaml:3: .*did you mean 'tier'"):
        load_defaults(folder, None)


def test_the_shipped_organisation_sends_each_tier_to_its_procedure():
    shipped = load_defaults(Path("procedures"), None)
    chosen = [shipped.choose("henan/hotline", tier) for tier in (None, "escalated", "appeal")]
    assert chosen == ["telecom-complaint", "telecom-escalated", "telecom-appeal"]
