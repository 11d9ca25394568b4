"""The signature and the addresses that notices may go to."""

from __future__ import annotations

import pytest

from services.sla.webhook import (
    InvalidSecret,
    UnsafeDestination,
    checked_destination,
    signature,
    signing_key,
)


def test_signs_the_reference_vector_of_standard_webhooks() -> None:
    key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64", "MfKQ9r8GKYqrTwjUPD8ILPZI"],
)
def test_refuses_a_secret_that_is_none(secret: str) -> None:
    with pytest.raises(InvalidSecret):
        signing_key(secret)


@pytest.mark.parametrize(
    "url",
    ["https://notices.example/in", "http://127.0.0.1:9/x", "http://[::1]/", "http://localhost/"],
)
def test_admits_encrypted_lines_and_this_machine(url: str) -> None:
    assert checked_destination(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://notices.example/in",
        "http://10.0.0.7/in",
        "http://127.0.0.1.notices.example/",
        "https://user:word@notices.example/",
        "ftp://notices.example/",
        "file:///etc/passwd",
        "https:///in",
        "notices.example",
    ],
)
def test_refuses_open_lines_credentials_and_other_schemes(url: str) -> None:
    with pytest.raises(UnsafeDestination):
        checked_destination(url)


def test_an_open_line_can_be_allowed() -> None:
    assert checked_destination("http://10.0.0.7/in", allow_plain=True) == "http://10.0.0.7/in"
