"""The lock files hold everything pyproject.toml asks for, by hash, from no particular place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

PROJECT = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
GROUPS: dict[str, list[str]] = PROJECT["dependency-groups"]
ASKED = {
    "runtime": PROJECT["project"]["dependencies"] + GROUPS["build"],
    **{name: GROUPS[name] for name in ("installer", "test", "check", "bench")},
}


def lines(lock: str) -> list[str]:
    text = Path(f"requirements/{lock}.lock").read_text(encoding="utf-8")
    return text.replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("lock", ASKED)
def test_every_dependency_asked_for_is_locked(lock: str) -> None:
    locked = {re.split("==|\\[", line)[0] for line in lines(lock)}
    asked = {re.split(r"[^\w.-]", each)[0].lower().replace("_", "-") for each in ASKED[lock]}
    assert asked <= locked, "run `make lock`"


@pytest.mark.parametrize("lock", ASKED)
def test_every_locked_package_has_a_hash_and_no_address(lock: str) -> None:
    for line in lines(lock):
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line
        assert "://" not in line


def test_the_locks_agree_on_every_version() -> None:
    versions: dict[str, set[str]] = {}
    for lock in ASKED:
        for line in lines(lock):
            pin, _, condition = line.split(" --hash")[0].partition(";")
            name, _, version = pin.strip().partition("==")
            if not condition:
                versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_every_dependency_has_a_reason_on_record() -> None:
    reasons = Path("docs/dependencies.md").read_text(encoding="utf-8").lower()
    names = {re.split(r"[^\w.-]", each)[0].lower() for asked in ASKED.values() for each in asked}
    assert {
        name for name in names if not re.search(rf"^\|[^|]*\b{name}\b", reasons, re.MULTILINE)
    } == set()
