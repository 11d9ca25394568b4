"""The statements of intake, one per file, by file name."""

from __future__ import annotations

from pathlib import Path

SQL = {path.stem: path.read_text("utf-8") for path in Path(__file__).parent.glob("*.sql")}
