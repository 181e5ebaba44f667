"""A network that only counts: ``python -m tests.bench.network PORT``, one process, keep-alive.

Every POST is taken as a webhook: counted by its ``webhook-id``, with the time at which it came.
``GET /ledger`` says how many came, how many twice, and how late; ``DELETE /`` forgets them.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from datetime import datetime
from typing import Any

ANSWER = (
    b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Type: application/json\r\n"
    b"Content-Length: 2\r\n\r\n{}"
)
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
KEY = re.compile(rb"\r\nwebhook-id: *([^\r]+)", re.IGNORECASE)


class Ledger:
    """What came: the key, the body, and when; it is read only when somebody asks."""

    def __init__(self) -> None:
        self.came: list[tuple[bytes, bytes, float]] = []

    def told(self) -> dict[str, Any]:
        late = sorted(
            at - datetime.fromisoformat(json.loads(body)["timestamp"]).timestamp()
            for _, body, at in self.came
        )
        keys = len({key for key, _, _ in self.came})
        return {
            "came": keys,
            "twice": len(self.came) - keys,
            "p50": _share(late, 0.50),
            "p95": _share(late, 0.95),
            "p99": _share(late, 0.99),
            "longest": _share(late, 1.0),
        }


def _share(values: list[float], share: float) -> float:
    """Give the value that so large a share of the sorted values does not exceed."""
    return round(values[min(int(len(values) * share), len(values) - 1)], 3) if values else 0.0


class Caller(asyncio.Protocol):
    """One connection; requests come one after the other, each answered at once."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.buffer = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert self.transport is not None
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, rest = self.buffer.partition(b"\r\n\r\n")
            found = LENGTH.search(head)
            length = int(found[1]) if found else 0
            if len(rest) < length:
                return
            self.buffer = rest[length:]
            self.transport.write(self.answer(head, rest[:length]))

    def answer(self, head: bytes, body: bytes) -> bytes:
        if head.startswith(b"POST"):
            key = KEY.search(head)
            self.ledger.came.append((key[1] if key else b"", body, time.time()))
            return ANSWER
        if head.startswith(b"DELETE"):
            self.ledger.came.clear()
            return ANSWER
        text = json.dumps(self.ledger.told()).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text)


async def main(port: int) -> None:
    ledger = Ledger()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Caller(ledger), "127.0.0.1", port, backlog=1000)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
