"""Make N calls of the product's HTTP module and nothing else, from T threads; prints JSON.

Starts at a moment of the monotonic clock, so that several of these processes start together.
"""

from __future__ import annotations

import json
import sys
import threading
import time

import django

django.setup()

from spokes.channels import http

BODY = json.dumps({"timestamp": "2026-01-01T00:00:00+00:00", "data": "x" * 1_200}).encode()


def main() -> None:
    number, threads, url, start = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    time.sleep(max(0.0, float(start) - time.monotonic()))
    callers = [
        threading.Thread(target=_call, args=(number // threads, url, str(index)))
        for index in range(threads)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    print(json.dumps({"items": number // threads * threads, "ended": time.monotonic()}))


def _call(number: int, url: str, name: str) -> None:
    for index in range(number):
        headers = {"content-type": "application/json", "webhook-id": f"{name}-{index}"}
        answer = http.request("POST", url, content=BODY, headers=headers)
        if answer.status != 200:
            raise SystemExit(f"the network answered {answer.status}")


if __name__ == "__main__":
    main()
