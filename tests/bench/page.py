"""``page``: requests a second of a spoke's page, beside Wagtail's and beside a constant."""

from __future__ import annotations

import contextlib
import socket
import time
import urllib.error
import urllib.request
from typing import Any

from tests.bench import load
from tests.bench.places import Place
from tests.bench.shell import OWN_PYTHON, PEER_PYTHON, run, running

WARM_UP = 2.0
SECONDS = 8.0


def measure(place: Place) -> list[dict[str, Any]]:
    env = place.own_env()
    path = run([OWN_PYTHON, "-m", "tests.bench.children.seed_pages"], env).split()[-1]
    ours = _serve(place, OWN_PYTHON, "hub.wsgi", env, path)
    peer = place.peer_env()
    peer_path = run([PEER_PYTHON, "-m", "tests.bench.peers.wagtail_pages"], peer).split()[-1]
    wagtail = _serve(place, PEER_PYTHON, "tests.bench.peers.wagtail_site.wsgi", peer, peer_path)
    constant = _serve(place, PEER_PYTHON, "tests.bench.peers.constant", {}, "/")
    return [
        {
            "place": place.name,
            "pages_per_second": round(ours["per_second"], 1),
            "page_bytes": int(ours["bytes"]),
            "wagtail_per_second": round(wagtail["per_second"], 1),
            "constant_per_second": round(constant["per_second"], 1),
            "times_wagtail": round(ours["per_second"] / wagtail["per_second"], 1),
            "share_of_limit": round(ours["per_second"] / constant["per_second"], 2),
        }
    ]


def _serve(
    place: Place, python: str, module: str, env: dict[str, str], path: str
) -> dict[str, float]:
    port = _free_port()
    server = [
        python, "-m", "gunicorn", f"{module}:application", "--bind", f"127.0.0.1:{port}",
        "--workers", "1", "--threads", "4", "--worker-class", "gthread", "--log-level", "warning",
        "--keep-alive", "30",
    ]  # fmt: skip
    with contextlib.ExitStack() as stack:
        stack.enter_context(running(server, env, place.scratch / "page.log"))
        _wait_for(f"http://127.0.0.1:{port}{path}")
        load.measure("127.0.0.1", port, path, WARM_UP)
        return load.measure("127.0.0.1", port, path, SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_for(url: str) -> None:
    give_up = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > give_up:
                raise
            time.sleep(0.2)
