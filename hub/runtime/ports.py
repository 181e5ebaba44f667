"""Whether a port is free, told in one sentence; needs nothing but Python.

Run as a file it checks the given host and port: python hub/runtime/ports.py 127.0.0.1 8000
"""

from __future__ import annotations

import socket
import sys


def trouble_with(host: str, port: int) -> str:
    """Return a sentence that says why a server can't listen there; empty when it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        # as servers do: a port whose last connections are still closing is free
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except PermissionError:
            return f"Port {port} needs more rights than you have; try PORT=8001 make run."
        except socket.gaierror:
            return f"HOST={host} is not an address of this machine."
        except (OSError, OverflowError):
            other = port + 1 if port < 65_535 else 8000
            return f"Port {port} is in use; try PORT={other} make run."
    return ""


def main(host: str, port: str) -> int:
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        trouble = f"PORT={port} is not a port; it is a number from 1 to 65535."
    else:
        trouble = trouble_with(host, int(port))
    if trouble:
        sys.stderr.write(trouble + "\n")
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
