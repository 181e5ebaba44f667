"""The number of what routing is compiled from: another one after every commit that changed that.

Triggers change it (``triggers``), so that no way of writing can forget to; ``bump`` is for what
no watched table holds. A process keeps its compiled table while the number stays as it was.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Sum

from spokes.audiences.models import AudienceVersion
from spokes.audiences.parts import VersionPart

# as the triggers draw them
TOKENS = 1 << 40
# the parts that have no blocks, as ``Version`` has them
WHOLE = (VersionPart.CHANNELS, VersionPart.NAMES, VersionPart.GRAPH, VersionPart.PROFILES)


class Version(NamedTuple):
    """By part, so that a refresh reads only what changed; of the audiences by block."""

    # names of parts with their numbers, sorted
    audiences: tuple[tuple[str, int], ...] = ()
    channels: int = 0
    names: int = 0
    graph: int = 0
    profiles: int = 0


def current() -> Version:
    """Read it in one query, before what it is to be the version of."""
    rows = AudienceVersion.objects.values_list("part").annotate(number=Sum("token"))
    numbers = dict(rows.order_by("part"))
    whole = [numbers.pop(part, 0) for part in WHOLE]
    return Version(tuple(numbers.items()), *whole)


def blocks_apart(one: Version, other: Version) -> frozenset[int] | None:
    """Name the blocks of audiences in which the two differ; None when it may be all of them."""
    names = {name for name, _ in frozenset(one.audiences) ^ frozenset(other.audiences)}
    if VersionPart.AUDIENCES in names:
        return None
    return frozenset(int(name.partition("/")[2]) for name in names)


@transaction.atomic
def bump(part: VersionPart = VersionPart.AUDIENCES) -> None:
    """Make every process look again, once the caller's transaction is through; waits for no one."""
    skips = connection.features.has_select_for_update_skip_locked
    free = AudienceVersion.objects.select_for_update(skip_locked=skips).filter(part=part)
    row = free.order_by("pk").first() or AudienceVersion(part=part)
    row.token = secrets.randbelow(TOKENS) + 1
    row.save()
