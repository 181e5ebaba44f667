"""A load generator small enough to leave the other core to the server: keep-alive GETs."""

from __future__ import annotations

import socket
import sys
import threading
import time

CONNECTIONS = 4


def _get(stream: socket.socket, request: bytes) -> tuple[int, int]:
    stream.sendall(request)
    head = b""
    while b"\r\n\r\n" not in head:
        part = stream.recv(65536)
        if not part:
            raise ConnectionError("closed")
        head += part
    head, _, body = head.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
    size = len(body)
    while size < length:
        size += len(stream.recv(65536))
    return int(lines[0].split()[1]), length


def measure(host: str, port: int, path: str, seconds: float) -> dict[str, float]:
    """Return requests a second and the page's bytes; raises when an answer is not 200."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
    counts = [0] * CONNECTIONS
    sizes: set[int] = set()
    wrong: set[int] = set()
    start = threading.Barrier(CONNECTIONS + 1)
    stop_at = [0.0]

    def work(number: int) -> None:
        stream = socket.create_connection((host, port))
        start.wait()
        while time.perf_counter() < stop_at[0]:
            try:
                status, size = _get(stream, request)
            except ConnectionError:
                stream.close()
                stream = socket.create_connection((host, port))
                continue
            counts[number] += 1
            sizes.add(size)
            if status != 200:
                wrong.add(status)
        stream.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    stop_at[0] = time.perf_counter() + seconds
    start.wait()
    for thread in threads:
        thread.join()
    if wrong:
        raise SystemExit(f"{path} answered {wrong}")
    return {"per_second": sum(counts) / seconds, "bytes": max(sizes)}


if __name__ == "__main__":
    print(measure("127.0.0.1", int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
