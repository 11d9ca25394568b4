"""What was acknowledged is stored, once: the clients' journals against the store.

A client of the demo writes one line per acknowledged command, forced to disk before it goes on:
`{"command": ..., "complaint": ..., "version": ..., "events": [types], "number": ...}`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from redress.verification import Finding

PROMISE = "journals"

Stored = tuple[str, int, int, str | None]


class Journal:
    """An append-only file of acknowledgements; each line is on disk when `write` returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = path.open("a", encoding="utf-8")

    def write(self, entry: dict[str, Any]) -> None:
        """Adds one acknowledgement."""
        self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Closes the file; nothing waits unwritten."""
        self._file.close()


def read_journals(folder: Path) -> Iterator[dict[str, Any]]:
    """Every acknowledgement in `journal-*.jsonl` of the folder; a torn last line is no promise."""
    for path in sorted(folder.glob("journal-*.jsonl")):
        for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
            yield json.loads(line)


def check_journals(
    entries: Iterable[dict[str, Any]], commands: dict[str, Stored]
) -> Iterator[Finding]:
    """Findings for acknowledgements that the store does not hold as they were given.

    `commands`: command id -> (stream, first version, last version, number) as stored.
    """
    for entry in entries:
        stream = f"complaint/{entry['complaint']}"
        stored = commands.get(entry["command"])
        if stored is None:
            reason = "an acknowledged command is not stored"
        elif stored[0] != stream or stored[2] != entry["version"]:
            reason = f"acknowledged as version {entry['version']}, stored as {stored[2]}"
        elif stored[2] - stored[1] + 1 != len(entry["events"]):
            reason = "acknowledged with other events"
        elif stored[3] != entry.get("number"):
            reason = "acknowledged with another number"
        else:
            continue
        yield Finding(promise=PROMISE, stream=stream, version=entry["version"], reason=reason)
