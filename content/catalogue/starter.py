"""A genre graph to start with, for a house that has none of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from content.catalogue.actions import add_genre
from content.catalogue.models import Genre

STARTER_GENRES = Path(__file__).resolve().parent / "data" / "starter_genres.yaml"


def starter_rows() -> list[dict[str, Any]]:
    """Read the rows, parents before children: name and about, maybe parents and aliases."""
    rows: list[dict[str, Any]] = yaml.safe_load(STARTER_GENRES.read_text(encoding="utf-8"))
    return rows


@transaction.atomic
def plant_starter_genres(*, actor: AbstractBaseUser | None) -> int:
    """Add the starter's genres where there are none, and give their number; else do nothing."""
    if Genre.objects.exists():
        return 0
    planted: dict[str, Genre] = {}
    for row in starter_rows():
        planted[row["name"]] = add_genre(
            name=row["name"],
            parents=[planted[parent] for parent in row.get("parents", [])],
            aliases=row.get("aliases", []),
            description=row["about"],
            actor=actor,
        )
    return len(planted)
