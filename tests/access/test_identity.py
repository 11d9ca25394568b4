"""Tokens: who made it, for whom, until when; everything else proves nobody."""

from __future__ import annotations

import base64
import json
import stat
import time
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from libs.access.identity import (
    AUDIENCE,
    ISSUER,
    TOKEN_TYPE,
    Subject,
    TokenReader,
    Unidentified,
    issue_token,
    signing_key,
)
from libs.access.keyfiles import KeyFileExposed

KEY = Ed25519PrivateKey.generate()
AGENT = Subject(staff="s100", role="agent", unit="henan/hotline")


def reader() -> TokenReader:
    return TokenReader(KEY.public_key())


def claims(**changes):
    now = int(time.time())
    good = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 60,
            "staff": "s100", "role": "agent", "unit": "henan/hotline"}  # fmt: skip
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(content, key=KEY, algorithm="EdDSA", **headers):
    return jwt.encode(content, key, algorithm=algorithm, headers={"typ": TOKEN_TYPE, **headers})


def test_a_token_names_whom_it_was_issued_to():
    with_post = Subject(staff="s7", role="manager", unit="henan/network", post="head")
    for subject in (AGENT, with_post):
        assert reader().subject(issue_token(KEY, subject, timedelta(minutes=5))) == subject


def test_a_remembered_token_ends_with_its_expiry():
    tokens = reader()
    expired_at = int(time.time()) - 1
    token = signed(claims(exp=expired_at))
    tokens._known[token] = (AGENT, float(expired_at))  # as if it had come while still good
    with pytest.raises(Unidentified):
        tokens.subject(token)


def unsigned(content):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': TOKEN_TYPE})}.{part(content)}."


def forged_with_public_key():
    public = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return signed(claims(), key=public + b"\0" * 32, algorithm="HS256")


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(unsigned(claims()), id="alg none"),
        pytest.param(forged_with_public_key(), id="HS256 with the public key"),
        pytest.param(signed(claims(), key=Ed25519PrivateKey.generate()), id="another key"),
        pytest.param(signed(claims(aud="other")), id="wrong audience"),
        pytest.param(signed(claims(aud=[AUDIENCE, "other"])), id="several audiences"),
        pytest.param(signed(claims(aud=None)), id="no audience"),
        pytest.param(signed(claims(iss="other")), id="wrong issuer"),
        pytest.param(signed(claims(exp=None)), id="no expiry"),
        pytest.param(signed(claims(exp=int(time.time()) - 1)), id="expired"),
        pytest.param(signed(claims(nbf=int(time.time()) + 600)), id="not yet valid"),
        pytest.param(signed(claims(), typ="JWT"), id="an id token as access token"),
        pytest.param(signed(claims(), crit=["x"], x=1), id="unknown crit"),
        pytest.param(signed(claims(), jku="https://evil.example"), id="jku"),
        pytest.param(signed(claims(role="root")), id="unknown role"),
        pytest.param(signed(claims(unit="")), id="empty unit"),
        pytest.param(signed(claims(unit="henan/")), id="trailing slash"),
        pytest.param(signed(claims(unit="henan/%")), id="wildcard"),
        pytest.param(signed(claims(unit="44\uff10")), id="full-width digit"),
        pytest.param(signed(claims(staff=None)), id="no staff"),
        pytest.param(signed(claims(staff="王芳")), id="a name as staff"),
        pytest.param(signed(claims(staff=["s1"])), id="staff as a list"),
        pytest.param(signed(claims(pad="x" * 8192)), id="longer than 8 KiB"),
        pytest.param("a." * 10_000, id="10,000 segments"),
        pytest.param("", id="empty"),
        pytest.param("\u00e9.\u00e9.\u00e9", id="not ASCII"),
    ],
)
def test_what_proves_nobody(token):
    with pytest.raises(Unidentified):
        reader().subject(token)


def test_no_token_is_issued_that_would_not_be_accepted():
    for bad in ({"unit": "henan/"}, {"role": "root"}, {"staff": "a b"}, {"post": ""}):
        with pytest.raises(Unidentified):
            issue_token(KEY, Subject(**{**msg(AGENT), **bad}), timedelta(minutes=1))


def msg(subject):
    return {"staff": subject.staff, "role": subject.role, "unit": subject.unit}


def test_the_signing_key_is_made_once_for_its_owner_only(tmp_path: Path):
    made = []
    first = signing_key(tmp_path / "keys", made.append)
    second = signing_key(tmp_path / "keys", made.append)
    assert first.private_bytes_raw() == second.private_bytes_raw()
    assert [stat.S_IMODE(path.stat().st_mode) for path in made] == [0o600]


def test_an_exposed_key_file_is_not_used(tmp_path: Path):
    made = []
    signing_key(tmp_path, made.append)
    made[0].chmod(0o640)
    with pytest.raises(KeyFileExposed):
        signing_key(tmp_path, made.append)
