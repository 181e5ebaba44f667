"""CPU seconds that processes have used, with all that they started; Linux only, else nought."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

PROCESSES = Path("/proc")


def cpu_seconds(roots: list[int]) -> float:
    """Sum what these and their living descendants used, and what dead ones left them."""
    if not (PROCESSES / "self/stat").exists():
        return 0.0
    used: dict[int, int] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for entry in PROCESSES.iterdir():
        if entry.name.isdigit() and (fields := _fields(entry / "stat")):
            children[int(fields[1])].append(int(entry.name))
            # its own and those of the children that it has waited for; user and system
            used[int(entry.name)] = sum(map(int, fields[11:15]))
    total, todo = 0, list(roots)
    while todo:
        pid = todo.pop()
        total += used.get(pid, 0)
        todo += children[pid]
    return total / os.sysconf("SC_CLK_TCK")


def _fields(stat: Path) -> list[str]:
    try:
        # a name may have blanks and brackets of its own
        return stat.read_text().rpartition(")")[2].split()
    except OSError:
        return []
