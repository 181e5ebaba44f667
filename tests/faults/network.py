"""A network that counts: every post by key and by content, in its own process, on loopback.

``POST /<face>/<channel>`` publishes; the faces are those of ``Dedupe``: ``key`` (a key that was
seen is answered again and not counted), ``lookup`` (``GET`` lists what is there, after a lag) and
``none``. With an id behind the channel ``PUT`` edits, ``DELETE`` removes, and ``GET`` says whether
it is shown already. ``POST /control`` says which faults to make from now on, ``GET /ledger`` counts
what was published, ``GET /posts/<n>`` gives the posts from the nth on, with all that came of each.
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

    @property
    def post_id(self) -> str:
        return (*self.path.split("/"), "")[3]


class Hangup(Exception):
    """The connection is closed without an answer."""


class Network:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        # {"kind", "share", "channel" ("*" for all), and what the kind needs}
        self.faults: list[dict[str, Any]] = []
        self.posts: list[dict[str, Any]] = []
        # ids by channel and key
        self.seen: dict[tuple[str, str], str] = {}
        self.calls: Counter[str] = Counter()
        # how many answers each process waits for now
        self.callers: Counter[str] = Counter()
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
        if request.path.startswith("/posts/"):
            return 200, {}, json.dumps(self.posts[int(request.channel) :]).encode()
        if request.method == "GET" and request.post_id:
            return self._status(request.post_id), {}, b"{}"
        if request.method == "GET":
            return 200, {}, json.dumps(self.listed(request.channel)).encode()
        self.callers[request.headers["x-pid"]] += 1
        try:
            return await self.take(request)
        finally:
            self.callers[request.headers["x-pid"]] -= 1

    def ledger(self) -> dict[str, Any]:
        return {
            "by_key": Counter(post["key"] for post in self.posts),
            "by_content": Counter(f"{post['channel']}: {post['title']}" for post in self.posts),
            "titles": {post["key"]: post["title"] for post in self.posts},
            "calls": self.calls,
            "callers": +self.callers,
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
            if post["channel"] == channel and post["at"] < until and not post["removed"]
        ]

    def _status(self, post_id: str) -> int:
        """202 while the post, as it was written last, is not shown yet."""
        post = self._there(post_id)
        return 404 if post is None else 202 if time.time() < post["at"] else 200

    async def take(self, request: Request) -> tuple[int, dict[str, str], bytes]:
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
        # what goes is gone at once
        takes_time = kind == "later" and request.method != "DELETE"
        later = fault["seconds"] if fault and takes_time else 0.0
        remote_id = self._carry_out(request, later)
        if kind == "kill_after":
            self._kill(request)
        if kind == "drop_after":
            raise Hangup
        if fault and kind == "late":
            await asyncio.sleep(fault["seconds"])
        status = 404 if not remote_id else 202 if later else 200
        return status, {}, NONSENSE if kind == "garbage" else json.dumps({"id": remote_id}).encode()

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
            if fault.setdefault("made", 0) >= fault.get("times", math.inf):
                continue
            if self.random.random() < fault.get("share", 1.0):
                fault["made"] += 1
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

    def _carry_out(self, request: Request, later: float) -> str:
        """Do what is asked, to be shown so much later; gives the id of what it was done to."""
        if request.method == "POST":
            return self._count(request, later)
        post = self._there(request.post_id)
        if post is None:
            return ""
        told = {"what": request.method, "key": request.headers["x-key"]}
        if request.method == "DELETE":
            post["removed"] = True
        else:
            told["text"] = post["text"] = json.loads(request.body)["title"]
            post["at"] = time.time() + later
        post["told"].append(told)
        return request.post_id

    def _there(self, post_id: str) -> dict[str, Any] | None:
        index = int(post_id.rpartition("-")[2])
        return None if self.posts[index]["removed"] else self.posts[index]

    def _count(self, request: Request, later: float) -> str:
        """Make the post visible, unless the key says that it is."""
        content = json.loads(request.body)
        key = request.headers["x-key"]
        if request.face == "key" and (request.channel, key) in self.seen:
            return self.seen[request.channel, key]
        remote_id = self.seen[request.channel, key] = f"{request.channel}-{len(self.posts)}"
        self.posts.append(
            {
                "id": remote_id,
                "channel": request.channel,
                "key": key,
                "title": content["title"],
                "link": content["link"],
                "at": time.time() + later,
                # as it reads now, and all that came: publish, edits, removal
                "text": content["title"],
                "removed": False,
                "told": [{"what": "POST", "key": key, "text": content["title"]}],
            }
        )
        return remote_id

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
            # whoever was killed or would not wait any longer has closed its side: see whether so
            await asyncio.sleep(0)
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


class Door:
    """The port on which the network listens; SIGUSR1 closes it, SIGUSR2 opens it again."""

    def __init__(self, network: Network, port: int) -> None:
        self.network, self.port = network, port
        self.server: asyncio.Server | None = None

    async def open(self) -> None:
        serve = self.network.serve
        self.server = await asyncio.start_server(serve, "127.0.0.1", self.port, backlog=1000)

    def close(self) -> None:
        if self.server:
            self.server.close()


async def main(port: int, seed: int) -> None:
    door = Door(Network(seed), port)
    await door.open()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, door.close)
    loop.add_signal_handler(signal.SIGUSR2, lambda: loop.create_task(door.open()))
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
