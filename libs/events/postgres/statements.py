"""The SQL files of this package."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "sql"


def statement(name: str) -> str:
    """Text of `sql/<name>.sql`; read once, at import. Raises FileNotFoundError."""
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
