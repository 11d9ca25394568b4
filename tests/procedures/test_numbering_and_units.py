"""Numbers of complaints, and the kinds of units."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from libs.procedures.numbering import following, render
from libs.procedures.units import UnitDirectory, UnitEntry

SHANGHAI = ZoneInfo("Asia/Shanghai")
MAY = datetime(2026, 5, 10, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "last", "number"),
    [
        ("YYMM####", None, "26050001"),
        ("YYMM####", "26050044", "26050045"),
        ("YYMM####", "26049999", "26050001"),
        ("YYMM##", "260599", "2605100"),
        ("YYMM##", "2605100", "2605101"),
        ("henan-YYMM######", "henan-2605000009", "henan-2605000010"),
        ("YYYY/MM/DD-#", "2026/05/10-9", "2026/05/10-10"),
        ("YYMM##a", "260501a", "260502a"),
    ],
)
def test_the_running_number_goes_on_within_its_period(pattern, last, number):
    assert following(pattern, MAY, SHANGHAI, last) == number


def test_the_period_is_that_of_the_local_date():
    last_evening = datetime(2026, 4, 30, 16, tzinfo=UTC)

    assert render("YYMM##", last_evening, SHANGHAI, 7) == "260507"


DIRECTORY = UnitDirectory(
    [
        UnitEntry(id="<province>/<department>"),
        UnitEntry(id="<province>/centre", kind="province-centre"),
        UnitEntry(id="<province>", kind="province"),
        UnitEntry(id="national", kind="headquarters"),
        UnitEntry(id="national/<department>", kind="headquarters-department"),
        UnitEntry(id="national/centre", kind="headquarters-centre"),
        UnitEntry(id="bus/fleet-<n>", kind="fleet"),
    ]
)


@pytest.mark.parametrize(
    ("unit", "kind"),
    [
        ("national", "headquarters"),
        ("national/centre", "headquarters-centre"),
        ("national/billing", "headquarters-department"),
        ("henan/centre", "province-centre"),
        ("henan/network", None),
        ("henan", "province"),
        ("bus/fleet-3", "fleet"),
        ("henan/zhengzhou/centre", None),
    ],
)
def test_literal_parts_go_before_free_ones(unit, kind):
    assert DIRECTORY.kind_of(unit) == kind


@pytest.mark.parametrize(
    ("unit", "pattern", "fits"),
    [
        ("henan/zhengzhou/remote", "<province>/<city>/...", True),
        ("henan/zhengzhou", "<province>/<city>/...", False),
        ("national/centre", "<province>/centre", False),
        ("henan/centre", "<province>/centre", True),
        ("nationale/centre", "<province>/centre", True),
        ("henan/centre", "henan", False),
        ("henan.x", "henan?x", False),
    ],
)
def test_patterns_of_units(unit, pattern, fits):
    assert DIRECTORY.fits(unit, pattern) is fits
