"""A procedure file to start from."""

from __future__ import annotations

import re
from pathlib import Path

from redress.failures import CommandError

_TEMPLATE = Path(__file__).with_name("scaffold.yaml")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def write_scaffold(name: str, path: Path) -> None:
    """Write a valid procedure of this id; raises `CommandError` rather than overwrite a file."""
    if not _ID.fullmatch(name):
        raise CommandError(
            f"'{name}' is no id: small letters, digits and single hyphens", exit_code=2
        )
    text = _TEMPLATE.read_text(encoding="utf-8").format(id=name)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise CommandError(f"{path} is there already; it was left as it is") from None
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
