"""What a file is, its bytes say; the list of types is closed."""

from __future__ import annotations

import pytest

from libs.casework.filetypes import MEDIA_TYPES, is_of_type, type_of
from tests.files.samples import FALSE, GENUINE


@pytest.mark.parametrize("media_type", GENUINE)
def test_bytes_are_of_their_own_type_and_of_no_other(media_type: str) -> None:
    own = type_of(f"{media_type.upper()}; charset=utf-8")
    assert own is not None
    assert [name for name in MEDIA_TYPES if is_of_type(GENUINE[media_type], name)] == [own]


def test_every_type_that_is_taken_has_a_sample() -> None:
    assert set(GENUINE) == set(MEDIA_TYPES.values())


@pytest.mark.parametrize("told", FALSE)
def test_bytes_of_another_type_are_known(told: str) -> None:
    media_type, content = FALSE[told]
    name = type_of(media_type)
    assert name is not None
    assert not content or not is_of_type(content, name)


@pytest.mark.parametrize("media_type", ["", "text/html", "application/zip", "image/svg+xml"])
def test_no_other_type_is_taken(media_type: str) -> None:
    assert type_of(media_type) is None
