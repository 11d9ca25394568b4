"""The condition language: a small closed set of blocks, each a key of a mapping.

A condition is a mapping; all of its blocks must hold. `docs/procedures.md` shows each block.
Nothing here knows a regulation, evaluates text as code, or reads a sealed value.
"""

from __future__ import annotations

from libs.procedures.language.language import compile_condition
from libs.procedures.language.words import Words

__all__ = ["Words", "compile_condition"]
