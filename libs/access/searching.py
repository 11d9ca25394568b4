"""Search tokens: how a customer is found again by number or address without either being stored.

A token is HMAC-SHA256 under a key file of the installation over a kind and the number or address as
everybody writes it. Numbers are few, so a token hides one only from who does not hold the key.
"""

from __future__ import annotations

import hmac
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from libs.access.keyfiles import read_or_make

FILE = "search.key"
KEY_BYTES = 32
TOKEN_BYTES = 16
_FEWEST_DIGITS = 7
# Longer runs with gaps in them are several numbers, not one written in groups.
_MOST_GROUPED = 13
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_BETWEEN = re.compile(r"(?<=\d)[\s().\-‐-―]+(?=\d)")
# What touches a * is masked: half a number would find strangers.
_NUMBER = re.compile(r"(?<![\d*])\d+[Xx]?(?![\d*])")
_IDENTITY = re.compile(r"\d{17}[\dX]")


class SearchKey:
    """The key file of one installation in `folder`; made at first use (`on_made` is told)."""

    def __init__(self, folder: Path, on_made: Callable[[Path], None]) -> None:
        self._folder, self._on_made = folder, on_made

    @cached_property
    def _secret(self) -> bytes:
        return read_or_make(self._folder / FILE, lambda: os.urandom(KEY_BYTES), self._on_made)

    def tokens(self, text: str) -> frozenset[bytes]:
        """The tokens of every number and address in a text; none where there is neither."""
        return frozenset(
            hmac.digest(self._secret, identifier.encode(), "sha256")[:TOKEN_BYTES]
            for identifier in identifiers(text)
        )


def identifiers(text: str) -> frozenset[str]:
    """The telephone and identity numbers and mail addresses in a text, each in one form.

    Full-width digits, spaces, hyphens, brackets and the country code of a mobile number make no
    difference; masked numbers are left out.
    """
    plain = unicodedata.normalize("NFKC", text)
    mails = {f"mail:{found.casefold()}" for found in _MAIL.findall(plain)}
    return frozenset(mails | {f"number:{found}" for found in _numbers(_MAIL.sub(" ", plain))})


def _numbers(text: str) -> Iterator[str]:
    for part in re.split(r"[^\d*Xx\s().\-‐-―]+", text):
        joined = _BETWEEN.sub("", part)
        grouped = max((len(found) for found in _NUMBER.findall(joined)), default=0)
        whole = grouped <= _MOST_GROUPED
        for found in _NUMBER.findall(joined if whole else part):
            number = _as_dialled(found.upper())
            if len(number) >= _FEWEST_DIGITS:
                yield number


def _as_dialled(number: str) -> str:
    if _IDENTITY.fullmatch(number):
        return number
    number = number.rstrip("X")
    for code in ("0086", "86"):
        mobile = number.removeprefix(code)
        if mobile != number and len(mobile) == len("13800000000") and mobile.startswith("1"):
            return mobile
    return number
