"""Third-party assets are what their registry published, and pages name nothing from elsewhere."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

CONSOLE = Path(__file__).parents[2] / "services" / "console"
VENDOR = CONSOLE / "static" / "vendor"
LOCK = tomllib.loads((VENDOR / "vendor.lock").read_text(encoding="utf-8"))["asset"]


def test_every_vendored_file_has_the_hash_that_the_lock_says():
    for asset in LOCK:
        content = (VENDOR / asset["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == asset["sha256"], asset["file"]


def test_nothing_is_vendored_without_a_line_in_the_lock():
    assert {path.name for path in VENDOR.glob("*.js")} == {asset["file"] for asset in LOCK}


def test_every_vendored_package_has_a_licence_that_lets_us_ship_it():
    assert {asset["licence"] for asset in LOCK} <= {"0BSD", "MIT"}
    texts = (VENDOR / "LICENSES.txt").read_text(encoding="utf-8")
    assert all(asset["version"] in texts for asset in LOCK)


def test_templates_load_nothing_from_elsewhere_and_write_no_style_or_script_inline():
    for path in (CONSOLE / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", text), path.name
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script>", text), path.name
