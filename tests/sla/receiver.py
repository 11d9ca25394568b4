"""A real HTTP receiver of webhooks on this machine, with answers to order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Received(NamedTuple):
    """One POST as it arrived."""

    event_id: str
    timestamp: int
    signature: str
    body: bytes


class Receiver:
    """Keeps what arrives; answers with `statuses` one after the other, then 204."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.statuses: list[int] = []
        self.url = ""

    def answer(self, received: Received) -> int:
        self.received.append(received)
        return self.statuses.pop(0) if self.statuses else 204


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver listening on a free port."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = self.headers
            status = receiver.answer(
                Received(
                    headers["webhook-id"],
                    int(headers["webhook-timestamp"]),
                    headers["webhook-signature"],
                    body,
                )
            )
            self.send_response(status)
            if status in (301, 302, 307, 308):
                self.send_header("location", receiver.url)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/notices"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
