"""Search tokens: the same customer however his number is written, and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from libs.access.searching import FILE, SearchKey, identifiers


@pytest.mark.parametrize(
    "written",
    [
        "13800001234",
        "138 0000 1234",
        "138-0000-1234",
        "+86 138 0000 1234",
        "0086-13800001234",
        "１３８００００１２３４",
        "王女士，电话：138-0000-1234（白天）",
        "13800001234(白天)",
    ],
)
def test_a_number_is_the_same_however_it_is_written(written: str):
    assert identifiers(written) == {"number:13800001234"}


def test_several_numbers_are_several_and_an_address_is_one():
    told = "13800001234 / 0371-12345678, Wang.Li@Example.com"
    assert identifiers(told) == {
        "number:13800001234",
        "number:037112345678",
        "mail:wang.li@example.com",
    }
    assert identifiers("13800001234 13900001234") == {"number:13800001234", "number:13900001234"}


def test_an_identity_number_keeps_its_letter():
    assert identifiers("身份证 41010119900101123x") == {"number:41010119900101123X"}


@pytest.mark.parametrize(
    "told", ["王女士", "138****1234", "1380000****", "****00001234", "12345", "", "微信 wang"]
)
def test_what_names_nobody_for_certain_gives_no_token(told: str):
    assert identifiers(told) == frozenset()


def test_tokens_depend_on_the_key_and_hold_nothing_of_the_number(tmp_path: Path):
    made: list[Path] = []
    one, again = SearchKey(tmp_path / "a", made.append), SearchKey(tmp_path / "a", made.append)
    other = SearchKey(tmp_path / "b", made.append)
    assert one.tokens("13800001234") == again.tokens("138 0000 1234")
    assert one.tokens("13800001234").isdisjoint(other.tokens("13800001234"))
    assert len(one.tokens("13800001234 / 13900001234")) == 2
    assert [path.name for path in made] == [FILE, FILE]
    (token,) = one.tokens("13800001234")
    assert b"1380000" not in token
