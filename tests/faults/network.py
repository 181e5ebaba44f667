"""A network that counts: every post by key and by content, in its own process, on loopback.

``POST /<face>/<channel>`` publishes; the faces are those of ``Dedupe``: ``key`` (a key that was
seen is answered again and not counted), ``lookup`` (``GET`` lists what is there, after a lag) and
``none``. ``POST /control`` says which faults to make from now on, ``GET /ledger`` what is there.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import math
import os
import random
import signal
import sys
import time
from collections import Counter
from typing import Any

LISTING_LAG = 0.3
# a worker that has held a claim for 2.4 s does not call any more (``policy.GUARD_SECONDS``)
ON_ITS_WAY = 2.5
NONSENSE = b"%!"


@dataclasses.dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def face(self) -> str:
        return self.path.split("/")[1]

    @property
    def channel(self) -> str:
        return self.path.split("/")[2].split("?")[0]


class Hangup(Exception):
    """The connection is closed without an answer."""


class Network:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        # {"kind", "share", "channel" ("*" for all), and what the kind needs}
        self.faults: list[dict[str, Any]] = []
        self.posts: list[dict[str, Any]] = []
        self.seen: set[tuple[str, str]] = set()
        self.calls: Counter[str] = Counter()
        # the channel's times at which silence was asked for, and until when
        self.quiet: dict[str, list[tuple[float, float]]] = {}
        self.waits: dict[str, float] = {}
        self.killed: set[str] = set()
        # keys of posts of which a call got no answer, or one that makes no sense
        self.unanswered: set[str] = set()
        self.called_too_early = 0
        self.faults_made = 0
        self.last_fault_at = 0.0

    async def answer(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        if request.path == "/control":
            self.faults = json.loads(request.body)
            return 204, {}, b""
        if request.path == "/ledger":
            return 200, {}, json.dumps(self.ledger()).encode()
        if request.method == "GET":
            return 200, {}, json.dumps(self.listed(request.channel)).encode()
        return await self.publish(request)

    def ledger(self) -> dict[str, Any]:
        return {
            "by_key": Counter(post["key"] for post in self.posts),
            "by_content": Counter(f"{post['channel']}: {post['title']}" for post in self.posts),
            "titles": {post["key"]: post["title"] for post in self.posts},
            "calls": self.calls,
            "called_too_early": self.called_too_early,
            "faults": self.faults_made,
            "unanswered": sorted(self.unanswered),
            "killed": len(self.killed),
            "last_fault_at": self.last_fault_at,
        }

    def listed(self, channel: str) -> list[dict[str, str]]:
        until = time.time() - LISTING_LAG
        return [
            {"id": post["id"], "link": post["link"]}
            for post in self.posts
            if post["channel"] == channel and post["at"] < until
        ]

    async def publish(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        self.calls[request.channel] += 1
        self._look_at_the_clock(request)
        fault = self._fault(request)
        kind = fault["kind"] if fault else ""
        if fault and kind in {"busy", "refuse", "unauthorised"}:
            return self._say_no(fault, request)
        if fault and kind == "slow":
            await asyncio.sleep(fault["seconds"])
        if fault and kind == "hang":
            await asyncio.sleep(fault["until"] - time.time())
        if kind in {"hang", "drop_before"}:
            raise Hangup
        if kind == "kill_before":
            self._kill(request)
        remote_id = self._count(request)
        if kind == "kill_after":
            self._kill(request)
        if kind == "drop_after":
            raise Hangup
        if fault and kind == "late":
            await asyncio.sleep(fault["seconds"])
        return 200, {}, b"%!" if kind == "garbage" else json.dumps({"id": remote_id}).encode()

    def _look_at_the_clock(self, request: Request) -> None:
        """Count a call for which silence had been asked.

        A call of another post may have been on its way when the silence began: for as long as
        the engine lets a claim wait for its call, and not longer.
        """
        now = time.time()
        early = now < self.waits.get(request.headers["x-key"], 0)
        for since, until in self.quiet.get(request.channel, []):
            early = early or since + ON_ITS_WAY < now < until
        self.called_too_early += early

    def _fault(self, request: Request) -> dict[str, Any] | None:
        for fault in self.faults:
            if fault.get("channel", "*") not in {"*", request.channel}:
                continue
            key = request.headers["x-key"]
            if key not in fault.get("keys", [key]) or (fault.get("once") and key in self.killed):
                continue
            if time.time() > fault.get("until", math.inf):
                continue
            if self.random.random() < fault.get("share", 1.0):
                self.faults_made += 1
                self.last_fault_at = time.time()
                return fault
        return None

    def _say_no(self, fault: dict[str, Any], request: Request) -> tuple[int, dict[str, str], bytes]:
        if fault["kind"] == "busy":
            wait = self.random.randint(*fault["seconds"])
            now = time.time()
            self.quiet.setdefault(request.channel, []).append((now, now + wait))
            self.waits[request.headers["x-key"]] = now + wait
            return 429, {"Retry-After": str(wait)}, b""
        return (401 if fault["kind"] == "unauthorised" else 422), {}, b""

    def _count(self, request: Request) -> str:
        """Make the post visible, unless the key says that it is."""
        content = json.loads(request.body)
        key = request.headers["x-key"]
        if request.face == "key" and (request.channel, key) in self.seen:
            return key
        self.seen.add((request.channel, key))
        self.posts.append(
            {
                "id": f"{request.channel}-{len(self.posts)}",
                "channel": request.channel,
                "key": key,
                "title": content["title"],
                "link": content["link"],
                "at": time.time(),
            }
        )
        return str(self.posts[-1]["id"])

    def _kill(self, request: Request) -> None:
        self.killed.add(request.headers["x-key"])
        os.kill(int(request.headers["x-pid"]), signal.SIGKILL)
        raise Hangup

    async def _heard(
        self, request: Request, reader: asyncio.StreamReader
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer, and note who will not have heard it."""
        heard = False
        try:
            answer = await self.answer(request)
            # whoever was killed or would not wait any longer has closed its side
            heard = not reader.at_eof() and answer[2] != NONSENSE
        finally:
            if not heard and "x-key" in request.headers:
                self.unanswered.add(request.headers["x-key"])
        return answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await read(reader)
            status, headers, body = await self._heard(request, reader)
            lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(body)}", "Connection: close"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            await writer.drain()
        except (Hangup, asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body)


async def main(port: int, seed: int) -> None:
    network = Network(seed)
    server = await asyncio.start_server(network.serve, "127.0.0.1", port, backlog=1000)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
