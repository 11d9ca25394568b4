"""Every file that an event names is kept beside its stream, whole by number and size of chunks.

Whether a chunk opens is seen by whoever holds the case's key: each carries a seal of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from libs.access.filesealing import SEAL_BYTES, chunk_count
from libs.casework.files import FileName
from redress.verification import Finding

PROMISE = "files"


def check_files(rows: Iterable[tuple[str, int, str, int, int]]) -> Iterator[Finding]:
    """Findings in rows (stream, version, name of a file, chunks kept, bytes kept)."""
    for stream, version, name, chunks, size in rows:
        wanted = FileName.read(name)
        count = chunk_count(wanted.size)
        if (chunks, size) != (count, wanted.size + count * SEAL_BYTES):
            reason = f"names a file of which {chunks} of {count} chunks are kept"
            yield Finding(promise=PROMISE, stream=stream, version=version, reason=reason)
