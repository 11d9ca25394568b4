"""Who someone is: bearer tokens (EdDSA JWT) made by the installation itself."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from libs.access.keyfiles import read_or_make

ISSUER = "redress"
AUDIENCE = "redress-api"
ALGORITHM = "EdDSA"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - the name of a kind of token (RFC 9068), not a secret
LONGEST_TOKEN = 8 * 1024
REMEMBERED = 2048
KEY_FILE = "token-signing.pem"

WORKING_ROLES = frozenset({"agent", "centre", "handler", "manager", "director", "auditor"})
ROLES = WORKING_ROLES | {"regulator", "customer", "system"}
UNIT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*){0,7}", re.ASCII)
SLUG = re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*", re.ASCII)
LONGEST_NAME = 128


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: a staff id (never a name), the role he acts in, his unit's path and his post."""

    staff: str
    role: str
    unit: str
    post: str | None = None


class Unidentified(Exception):
    """The token proves nobody. `reason` is a stable code; the token itself is never repeated."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def signing_key(folder: Path, on_made: Callable[[Path], None]) -> Ed25519PrivateKey:
    """Return the installation's token key, made in `folder` at the first call (mode 0600).

    Raises `KeyFileExposed` where others may read it. `on_made` is told of a new file.
    """
    pem = read_or_make(folder / KEY_FILE, _new_pem, on_made)
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise Unidentified("signing-key-not-ed25519")
    return key


def _new_pem() -> bytes:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def issue_token(key: Ed25519PrivateKey, subject: Subject, lifetime: timedelta) -> str:
    """Return a token for `subject`, valid from now (real time) for `lifetime`.

    Raises `Unidentified` where the subject is not one that `TokenReader` would accept.
    """
    _check(subject)
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + int(lifetime.total_seconds()),
        **{name: value for name, value in msgspec.to_builtins(subject).items() if value},
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"typ": TOKEN_TYPE})


class TokenReader:
    """Verifies tokens: pinned algorithm, type, issuer, audience and expiry; at most 8 KiB.

    A verified token is remembered until it expires (at most 2,048 of them), so that a busy client
    costs one signature check, not one per request. Used from one thread.
    """

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        self._known: OrderedDict[str, tuple[Subject, float]] = OrderedDict()

    def subject(self, token: str) -> Subject:
        """Return whom the token proves. Raises `Unidentified`."""
        known = self._known.get(token)
        if known is not None and time.time() < known[1]:
            return known[0]
        subject, expires = self._verified(token)
        self._known[token] = (subject, expires)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return subject

    def _verified(self, token: str) -> tuple[Subject, float]:
        # The size is looked at before any parsing: libraries have spent gigabytes on huge tokens.
        if len(token) > LONGEST_TOKEN:
            raise Unidentified("token-too-long")
        try:
            header = jwt.get_unverified_header(token)
            # `crit`, `jku`, `jwk` and `x5u` ask for trust in something else: refused unread.
            if header.keys() - {"alg", "typ"} or header.get("typ") != TOKEN_TYPE:
                raise Unidentified("token-header")
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "aud", "iss"], "strict_aud": True},
            )
        except jwt.ExpiredSignatureError:
            raise Unidentified("token-expired") from None
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise Unidentified("token-invalid") from None
        return _subject_of(claims), float(claims["exp"])


def _subject_of(claims: dict[str, object]) -> Subject:
    try:
        subject = msgspec.convert(
            {name: claims[name] for name in ("staff", "role", "unit", "post") if name in claims},
            Subject,
        )
    except msgspec.ValidationError:
        raise Unidentified("token-claims") from None
    _check(subject)
    return subject


def _check(subject: Subject) -> None:
    names = [subject.staff] + ([] if subject.post is None else [subject.post])
    good = (
        subject.role in ROLES
        and UNIT.fullmatch(subject.unit) is not None
        and all(SLUG.fullmatch(name) for name in names)
        and max(map(len, [*names, subject.unit])) <= LONGEST_NAME
    )
    if not good:
        raise Unidentified("token-claims")
