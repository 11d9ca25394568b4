"""Sealed fields open only in their own place, with their own key, and prove their text."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from libs.access.keyring import KeyRing, KeyUnusable
from libs.access.sealing import CaseKey, SealBroken, new_case_key, seal, unseal

STREAM = "complaint/s1-0001"
KEY = new_case_key()


@given(st.text())
def test_what_is_sealed_opens_again(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    field = seal(KEY, STREAM, 3, "sealed.content", text)
    assert unseal(KEY, STREAM, 3, "sealed.content", field) == text


def test_sealing_hides_the_text_and_never_repeats_itself():
    fields = [seal(KEY, STREAM, 1, "sealed.content", "宽带断网") for _ in range(2)]
    assert fields[0].ciphertext != fields[1].ciphertext
    assert fields[0].commitment != fields[1].commitment
    for field in fields:
        assert "宽带断网".encode() not in base64.b64decode(field.ciphertext)


@pytest.mark.parametrize(
    ("key", "stream", "version", "path"),
    [
        (new_case_key(), STREAM, 3, "sealed.content"),
        (CaseKey(id=KEY.id, secret=os.urandom(32)), STREAM, 3, "sealed.content"),
        (CaseKey(id="other", secret=KEY.secret), STREAM, 3, "sealed.content"),
        (KEY, "complaint/s1-0002", 3, "sealed.content"),
        (KEY, STREAM, 4, "sealed.content"),
        (KEY, STREAM, 3, "sealed.demand"),
    ],
)
def test_a_field_opens_nowhere_else(key, stream, version, path):
    field = seal(KEY, STREAM, 3, "sealed.content", "text")
    with pytest.raises(SealBroken):
        unseal(key, stream, version, path, field)


@pytest.mark.parametrize("part", ["nonce", "ciphertext", "commitment"])
def test_a_flipped_bit_breaks_the_seal(part):
    field = seal(KEY, STREAM, 3, "sealed.content", "text")
    content = bytearray(base64.b64decode(getattr(field, part)))
    content[-1] ^= 1
    altered = msgspec.structs.replace(field, **{part: base64.b64encode(bytes(content)).decode()})
    with pytest.raises(SealBroken):
        unseal(KEY, STREAM, 3, "sealed.content", altered)


@pytest.mark.parametrize("part", ["nonce", "ciphertext", "commitment"])
def test_garbage_breaks_the_seal(part):
    field = seal(KEY, STREAM, 3, "sealed.content", "text")
    with pytest.raises(SealBroken):
        unseal(KEY, STREAM, 3, "sealed.content", msgspec.structs.replace(field, **{part: "é"}))


def test_whoever_is_shown_salt_and_text_checks_the_commitment_without_a_key():
    field = seal(KEY, STREAM, 3, "sealed.content", "退还话费")
    place = f"{STREAM}\n3\nsealed.content\n".encode()
    opened = AESGCM(KEY.secret).decrypt(
        base64.b64decode(field.nonce), base64.b64decode(field.ciphertext), place + KEY.id.encode()
    )
    salt, text = opened[:32], opened[32:]
    expected = hmac.new(salt, place + text, hashlib.sha256).digest()
    assert base64.b64decode(field.commitment) == expected


def test_a_second_text_for_one_commitment_is_caught():
    # AES-GCM alone does not stop an insider with the key from sealing something else instead.
    honest = seal(KEY, STREAM, 3, "sealed.content", "what was said")
    other = seal(KEY, STREAM, 3, "sealed.content", "what was not")
    swapped = msgspec.structs.replace(other, commitment=honest.commitment)
    with pytest.raises(SealBroken):
        unseal(KEY, STREAM, 3, "sealed.content", swapped)


def test_a_wrapped_key_opens_in_every_process_of_the_installation(tmp_path):
    made = []
    wrapped = KeyRing(tmp_path, made.append).wrap(KEY, "henan")
    assert KEY.secret not in wrapped
    assert KeyRing(tmp_path, made.append).unwrap(wrapped) == KEY
    assert [path.name for path in made] == ["henan.key"]
    assert made[0].stat().st_mode & 0o777 == 0o600


def test_racing_processes_agree_on_one_provincial_key(tmp_path):
    made = []

    def wrap(_):
        return KeyRing(tmp_path, made.append).wrap(KEY, "hebei")

    with ThreadPoolExecutor(16) as threads:
        wrapped = list(threads.map(wrap, range(64)))
    assert len(made) == 1
    assert {KeyRing(tmp_path, made.append).unwrap(each).secret for each in wrapped} == {KEY.secret}


def test_a_lost_or_foreign_provincial_key_is_an_error_and_is_not_made_anew(tmp_path):
    made = []
    wrapped = KeyRing(tmp_path, made.append).wrap(KEY, "henan")
    made[0].unlink()
    with pytest.raises(KeyUnusable):
        KeyRing(tmp_path, made.append).unwrap(wrapped)
    assert not made[0].exists()
    KeyRing(tmp_path, made.append).wrap(KEY, "henan")
    with pytest.raises(KeyUnusable):
        KeyRing(tmp_path, made.append).unwrap(wrapped)


def test_a_key_never_shows_itself():
    assert KEY.secret.hex() not in repr(KEY)
    assert str(KEY.secret) not in repr(KEY)
