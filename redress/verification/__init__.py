"""`redress verify`: what was promised, held against what is stored. It changes nothing."""

from __future__ import annotations

import msgspec


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not as promised: which promise, where, and why. No content is named."""

    promise: str
    stream: str
    version: int
    reason: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One promise checked: how many things were looked at, and what was found."""

    promise: str
    looked_at: int
    findings: tuple[Finding, ...]
