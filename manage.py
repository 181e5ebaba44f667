#!/usr/bin/env python
"""Run Backbeat's management commands."""

from __future__ import annotations

import os
import sys

try:
    from django.core.management import execute_from_command_line
except ModuleNotFoundError:
    sys.exit(
        "This Python has no Django. Run “make run” once, "
        "then write .venv/bin/python in place of python."
    )


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")
    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        # as a shell tells of a process that Ctrl-C ended
        sys.exit(130)


if __name__ == "__main__":
    main()
