"""Which channels a change of routing touches: for all others every post goes where it went."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from spokes.audiences.compiled import Compiled
from spokes.audiences.language import Expression, query
from spokes.audiences.wishes import HUB, Family, said_of
from spokes.channels.models import Spoke

# expressions that the database is asked about at once; of more, every post may be of one
FEW = 12


def channels_touched(now: Compiled, then: Compiled) -> frozenset[int]:
    """Name the channels, by id, for which the two may decide otherwise about some post."""
    rows, others = now.layout.rows, then.layout.rows
    keys = _keys_apart(now, then)
    spokes = _spokes_apart(now, then, keys)
    found = {pk for pk, row in others.items() if rows.get(pk) != row}
    found.update(
        pk for pk, row in others.items() if row.audience in keys or (row.spoke or 0) in spokes
    )
    if now.fits is not then.fits:
        found.update(_guarded(now), _guarded(then))
    return frozenset(found | (rows.keys() - others.keys()))


def posts_touched(now: Compiled, then: Compiled) -> Q:
    """Say which posts a channel of the two may want; all, where they ask for too many things."""
    expressions: list[Expression] = []
    for known in (now, then):
        for key in known.layout.takers.keys:
            if key == HUB or len(expressions) > FEW:
                return Q()
            wanted = known.wishes[key].expression
            if wanted and wanted not in expressions:
                expressions.append(wanted)
    return reduce(or_, map(query, expressions), Q(pk__in=[]))


def _keys_apart(now: Compiled, then: Compiled) -> set[int]:
    """Name what is asked for otherwise; a wish that stayed is the same object, or says the same."""
    pairs = ((key, now.wishes.get(key), wish) for key, wish in then.wishes.items())
    return {key for key, before, wish in pairs if before is not wish and before != wish}


def _spokes_apart(now: Compiled, then: Compiled, keys: set[int]) -> set[int]:
    """Name the spokes that decide otherwise, and those that others rise to otherwise."""
    family, before = then.layout.family, now.layout.family
    found = set()
    for pk, spoke in family.spokes.items():
        was = before.spokes.get(pk)
        asked = {family.key_of(one) for one in (spoke, *family.kin(spoke).rising)}
        if was is None or asked & keys or _decides(family, spoke) != _decides(before, was):
            found.add(pk)
    return found


def _decides(family: Family, spoke: Spoke) -> list[Any]:
    kin = family.kin(spoke)
    return [said_of(spoke), *([said_of(one) for one in below] for below in kin)]


def _guarded(known: Compiled) -> set[int]:
    """Name the channels at whose floor a profile counts."""
    return {
        pk
        for pk, row in known.layout.rows.items()
        if row.fit_floor is not None and known.fits.knows(known.layout.channels[pk])
    }
