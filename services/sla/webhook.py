"""One channel for notices: a POST signed as Standard Webhooks 1.0 lays down.

The receiver sees `webhook-id` (the event's id, the same on every try: he drops what he has seen),
`webhook-timestamp` (of the try) and `webhook-signature` over `id.timestamp.body`.
Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
from urllib.parse import urlsplit

import httpx

from services.sla.deliveries import Answer

TIMEOUT_S = 15.0
KEY_BYTES = range(24, 65)


class UnsafeDestination(ValueError):
    """The address would carry notices over an open line, or is no address at all."""


class InvalidSecret(ValueError):
    """The signing secret is not `whsec_` and base64 of 24 to 64 bytes."""


def checked_destination(url: str, *, allow_plain: bool = False) -> str:
    """Give `url` back if it is https, or http to this machine itself; else UnsafeDestination.

    `allow_plain` also admits http to other machines. Credentials in the address are refused: they
    would end up in logs.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UnsafeDestination("a webhook needs an http or https address with a host")
    if parts.username is not None or parts.password is not None:
        raise UnsafeDestination("a webhook address must not carry a user or password")
    if parts.scheme == "http" and not allow_plain and not _is_loopback(parts.hostname):
        raise UnsafeDestination(f"a webhook to {parts.hostname} must be https")
    return url


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def signing_key(secret: str) -> bytes:
    """The key bytes of a `whsec_...` secret; InvalidSecret if it is not one."""
    prefix, found, encoded = secret.partition("whsec_")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise InvalidSecret("the webhook secret is not base64") from error
    if prefix or not found or len(key) not in KEY_BYTES:
        raise InvalidSecret("a webhook secret is whsec_ followed by base64 of 24 to 64 bytes")
    return key


def signature(key: bytes, event_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 HMAC-SHA-256 of `id.timestamp.body`; `timestamp` in Unix seconds."""
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


class Webhook:
    """Posts notices to one destination. Redirects are not followed."""

    name = "webhook"
    batch = 3

    def __init__(self, url: str, secret: str, *, allow_plain: bool = False) -> None:
        self._url = checked_destination(url, allow_plain=allow_plain)
        self._key = signing_key(secret)
        self._client = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)

    def deliver(self, event_id: str, payload: bytes, *, timestamp: int) -> Answer:
        """Try once. Accepted means a 2xx answer; anything else is worth another try."""
        headers = {
            "content-type": "application/json",
            "webhook-id": event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._key, event_id, timestamp, payload),
        }
        try:
            answer = self._client.post(self._url, content=payload, headers=headers)
        except httpx.HTTPError as error:
            return Answer(accepted=False, words=type(error).__name__)
        return Answer(accepted=answer.is_success, words=f"status {answer.status_code}")

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()
