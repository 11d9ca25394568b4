"""Bodies that are not one clean JSON object of at most 1 MiB, byte by byte over a real socket."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.badinput.unharmed import faults, refused, unharmed
from tests.services.world import AGENT, World

MIB = 1024 * 1024
JSON = "application/json"


UNREADABLE: list[tuple[bytes, tuple[str, str]]] = [
    (b"", ("", "syntax")),
    (b"{", ("", "syntax")),
    (b'{"with":{"channel":"hotline"}', ("", "syntax")),
    (b"[]", ("", "not-object")),
    (b"null", ("", "not-object")),
    (b"\xef\xbb\xbf{}", ("", "syntax")),
    (b"\xff", ("", "not-utf8")),
    (b'{"with":{"content":"\xc3\x28"}}', ("", "not-utf8")),
    ('{"with":{"content":"宽带"}}'.encode("gb18030"), ("", "not-utf8")),
    (b'{"with":{},"with":{}}', ("with", "duplicate")),
    (b'{"with":{"channel":"hotline","channel":"hotline"}}', ("channel", "duplicate")),
    (b'{"with":{"gravity":NaN}}', ("", "not-finite")),
    (b'{"with":{"gravity":-Infinity}}', ("", "not-finite")),
    (b'{"with":{"gravity":1.5}}', ("", "fraction")),
    (b'{"with":{"gravity":1e99999}}', ("", "fraction")),
    (b'{"with":{"gravity":' + b"9" * 100_000 + b"}}", ("", "too-big-number")),
    (b'{"with":{"gravity":9007199254740992}}', ("", "too-big-number")),
    (b'{"with":' * 40 + b"{}" + b"}" * 40, ("with", "too-deep")),
    (b'{"with":' * 1_000 + b"{}" + b"}" * 1_000, ("", "too-deep")),
    (b'{"with":' + b"[" * 1_000 + b"]" * 1_000 + b"}", ("", "too-deep")),
    (b'{"with":' + b"[" * 500_000, ("", "too-deep")),
    (b'{"with":{"content":"\\ud800"}}', ("with.content", "lone-surrogate")),
    (b'{"with":{"content":"\\u0000"}}', ("with.content", "control-character")),
    (b'{"with":{"content":"\\u001b[31m"}}', ("with.content", "control-character")),
    (b'{"with":{"\\u0000":1}}', ("?", "control-character")),
]


@pytest.mark.parametrize(
    ("content", "expected"),
    UNREADABLE,
    ids=lambda value: value[:24].decode("latin-1") if isinstance(value, bytes) else value[1],
)
def test_a_body_that_cannot_be_read(world: World, content: bytes, expected: tuple[str, str]):
    with unharmed(world):
        headers = {**world.headers(AGENT), "Content-Type": JSON}
        answer = world.intake.post("/complaints", content=content, headers=headers)
        assert faults(refused(answer, 400, "bad-body")) == [expected]


def test_a_body_over_1_mib(world: World):
    with unharmed(world):
        headers = {**world.headers(AGENT), "Content-Type": JSON}
        content = b'{"with":{}}' + b" " * MIB
        answer = world.intake.post("/complaints", content=content, headers=headers)
        refused(answer, 413, "too-large")


def test_a_body_over_1_mib_in_chunks(world: World):
    def chunks() -> Iterator[bytes]:
        yield b'{"with":{'
        for _ in range(32):
            yield b" " * 65_536
        yield b"}}"

    with unharmed(world):
        headers = {**world.headers(AGENT), "Content-Type": JSON}
        answer = world.intake.post("/complaints", content=chunks(), headers=headers)
        refused(answer, 413, "too-large")


@pytest.mark.parametrize(
    "media_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/js",
    ],
)
def test_a_body_of_another_media_type(world: World, media_type: str):
    with unharmed(world):
        headers = {**world.headers(AGENT), "Content-Type": media_type}
        answer = world.intake.post("/complaints", content=b'{"with":{}}', headers=headers)
        refused(answer, 415, "not-json")


@pytest.mark.parametrize(
    ("framing", "status"),
    [
        ("", b" 400 "),  # neither length nor chunks: no body at all
        ("Content-Length: -1\r\n", b" 400 "),
        ("Content-Length: x\r\n", b" 400 "),
        ("Content-Length: 2\r\nContent-Length: 3\r\n", b" 400 "),
        ("Content-Length: 99999999999999999999\r\n", b" 400 "),
        ("Content-Length: 2097152\r\n", b" 413 "),
        ("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", b" 400 "),
    ],
)
def test_a_body_of_no_or_a_false_length(world: World, framing: str, status: bytes):
    with unharmed(world), sent(world, framing, b"{}") as connection:
        assert status in connection.recv(4096).split(b"\r\n")[0]


@pytest.mark.parametrize("told", ["Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n"])
def test_a_client_that_leaves_in_the_middle_of_its_body(world: World, told: str):
    with unharmed(world), sent(world, told, b'{"with":{"channel":'):
        pass  # closed with most of it still to come


def sent(world: World, framing: str, content: bytes) -> socket.socket:
    """A connection on which a registration's head and the beginning of its body were sent."""
    place = urlsplit(str(world.intake.base_url))
    connection = socket.create_connection((place.hostname, place.port), timeout=10)
    head = (
        "POST /complaints HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {world.token(AGENT)}\r\n"
        f"Idempotency-Key: {uuid.uuid4()}\r\nContent-Type: {JSON}\r\n{framing}\r\n"
    )
    connection.sendall(head.encode() + content)
    return connection
