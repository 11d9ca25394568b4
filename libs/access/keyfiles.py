"""Secret files of an installation: made once, owner-only, the same for every process."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

OWNER_ONLY = 0o600


class KeyFileExposed(Exception):
    """A secret file can be read by others than its owner; nothing is read from it."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name} must be readable by its owner only (chmod 600)")
        self.path = path


def read_or_make(path: Path, make: Callable[[], bytes], on_made: Callable[[Path], None]) -> bytes:
    """Return the file's bytes; where it is absent, store what `make` gives first.

    Several processes may race: exactly one value wins and all return it. `on_made` is called by
    the winner only. Raises `KeyFileExposed` where group or others may read the file.
    """
    if not path.exists() and _store_once(path, make()):
        on_made(path)
    if path.stat().st_mode & 0o077:
        raise KeyFileExposed(path)
    return path.read_bytes()


def _store_once(path: Path, content: bytes) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written whole and synced beside its place, then linked: a reader never sees half a key, and
    # a link, unlike a rename, fails when somebody else was first.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=secrets.token_hex(4))
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), OWNER_ONLY)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    _sync_folder(path.parent)
    return True


def _sync_folder(folder: Path) -> None:
    # A key that sealed something must survive a power cut: its name is made durable too.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
