"""Copies of a database that was filled once: no experiment migrates or plans a wave itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def copy_sqlite(template: Path, to: Path) -> None:
    """Put a copy in place of ``to``, its log and all."""
    for old in to.parent.glob(f"{to.name}*"):
        old.unlink()
    shutil.copyfile(template, to)


def copy_cluster(template: Path, to: Path) -> None:
    """Copy a stopped PostgreSQL, with the owner of its files."""
    subprocess.run(("cp", "-a", str(template), str(to)), check=True)
