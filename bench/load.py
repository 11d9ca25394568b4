"""A small load generator: raw HTTP/1.1 over kept connections, too cheap to be what is measured."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid


class Client(asyncio.Protocol):
    """One connection that sends the next request as soon as the last is answered."""

    def __init__(self, head: bytes, body: bytes, tally: Tally) -> None:
        self._head, self._body, self._tally = head, body, tally
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self._buffer) < end + 4 + length:
            return
        self._tally.count(self._buffer[9:12], time.perf_counter() - self._sent_at)
        self._buffer = b""
        self._send()

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        key = str(uuid.uuid4()).encode()
        self._transport.write(self._head.replace(b"{key}", key) + self._body)  # type: ignore[attr-defined]


class Tally:
    def __init__(self) -> None:
        self.statuses: dict[str, int] = {}
        self.seconds: list[float] = []
        self.counting = False

    def count(self, status: bytes, seconds: float) -> None:
        if self.counting:
            name = status.decode()
            self.statuses[name] = self.statuses.get(name, 0) + 1
            self.seconds.append(seconds)


async def drive(asked: dict[str, object]) -> dict[str, object]:
    """Send for `warm_s` unmeasured and `seconds` measured; the rate counts successes alone."""
    body = str(asked["body"]).encode()
    head = (
        f"POST {asked['path']} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {asked['token']}\r\nIdempotency-Key: {{key}}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    tally = Tally()
    loop = asyncio.get_running_loop()
    clients = [
        await loop.create_connection(
            lambda: Client(head, body, tally), "127.0.0.1", int(str(asked["port"]))
        )
        for _ in range(int(str(asked["clients"])))
    ]
    await asyncio.sleep(float(str(asked["warm_s"])))
    tally.counting, began = True, time.perf_counter()
    await asyncio.sleep(float(str(asked["seconds"])))
    tally.counting = False
    passed = time.perf_counter() - began
    for transport, _ in clients:
        transport.abort()
    latencies = sorted(tally.seconds)
    return {
        "rate": tally.statuses.get("201", 0) / passed,
        "statuses": tally.statuses,
        "p50_ms": latencies[len(latencies) // 2] * 1000 if latencies else None,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1000 if latencies else None,
    }


if __name__ == "__main__":
    try:
        import uvloop

        uvloop.install()
    except ImportError:
        pass
    print(json.dumps(asyncio.run(drive(json.loads(sys.argv[1])))))
