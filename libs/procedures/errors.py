"""What is wrong with a declaration in a procedure or calendar file."""

from __future__ import annotations

Path = tuple[str | int, ...]


class DeclarationError(ValueError):
    """A node of a procedure file does not fit the schema.

    `path` leads to the node (keys and list positions from the document's root), so that the loader
    can name file and line; `reason` says what is wrong and what would be right.
    """

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{'.'.join(map(str, path))}: {reason}")
