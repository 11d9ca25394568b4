"""Parts of the real world a test needs: a browser, another PostgreSQL, fonts."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def absent(part: str, remedy: str) -> NoReturn:
    """Skip the test for want of a real part, loudly; where CI=true nothing may be missing."""
    told = f"{part} is missing here; {remedy}"
    if os.environ.get("CI") == "true":
        pytest.fail(told, pytrace=False)
    pytest.skip(told)
