"""A case's files, for one who may read its text: only such as its events name."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from libs.casework.casekeys import CaseKeys, KeyGone
from libs.casework.files import FileName, Files
from libs.serving.problems import Problem
from services.analytics.reading import FILES, WITHHELD, ReadCase

# Whatever a browser takes it for, nothing in it runs.
POLICY = "default-src 'none'; sandbox"


class CaseFiles:
    """Gives files out. Blocks; call it from a thread."""

    def __init__(self, files: Files, keys: CaseKeys) -> None:
        self._files, self._keys = files, keys

    def download(self, read: ReadCase, text: str) -> Response:
        """The file of that name, to be saved. Raises `Problem`: 404 for a name that no event of
        the case has and for one who may not read its text, 410 where its key was destroyed.
        """
        if read.withheld == WITHHELD or text not in named_files(read):
            raise Problem("absent")
        stream, name = read.known.stream, FileName.read(text)
        try:
            content = self._files.read(stream, self._keys.of_now(stream), name)
        except KeyGone:
            raise Problem("destroyed") from None
        if content is None:
            raise Problem("absent")
        # Named by its own hash: a file's name must say nothing about its case.
        headers = {
            "content-disposition": f'attachment; filename="{name.address[:16]}.{name.kind}"',
            "content-security-policy": POLICY,
            "etag": f'"{name.address}"',
        }
        return Response(content, media_type=name.media_type, headers=headers)


def named_files(read: ReadCase) -> set[str]:
    """The names of all files that the case's events carry."""
    return {name for entry in read.entries for name in _of(entry.body.data)}


def _of(data: dict[str, Any]) -> list[str]:
    return list(data.get(FILES, ()))
