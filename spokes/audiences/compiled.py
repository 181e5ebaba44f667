"""All that routing is compiled from, as it stood at one version; each process keeps it.

A snapshot is never changed: who finds that the version moved makes the next one from it, which
shares all that is the same. So any thread may use the one that it has, and one that was made
within a transaction that is undone is simply never asked for again.
"""

from __future__ import annotations

import gc
import os
import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain, repeat
from operator import or_
from typing import Any, NamedTuple

from django.db.models import Q

from spokes.audiences.explain import GenreTree
from spokes.audiences.facts import PostFacts
from spokes.audiences.fit import Fits
from spokes.audiences.language import read_saved
from spokes.audiences.layout import Layout
from spokes.audiences.models import Audience
from spokes.audiences.parts import BLOCK
from spokes.audiences.percolator import Percolator
from spokes.audiences.renamed import loose_texts, renamed
from spokes.audiences.version import Version, blocks_apart, current
from spokes.audiences.wishes import HUB, Wish

# the one in use, and the one before: a change that is tried and taken back costs nothing twice
KEPT = 2
# what is read while others write may be of two versions; so often it is read again
TRIES = 3
# blocks of audiences that are read by themselves; more are read as fast all together
FEW_BLOCKS = 16
# what is compiled of so many stays as long as the process: to look through it for garbage, again
# and again, would take as long as the answers themselves
MANY_CHANNELS = 1_000


class Stored(NamedTuple):
    """What of an audience decides."""

    name: str
    expression: str
    names: dict[str, Any]


class Candidates(NamedTuple):
    """Channels that surely take a post, those that do if it reaches their floors, and the rest."""

    sure: set[int]
    guarded: set[int]
    # each is to be asked whole
    asked: set[int]


@dataclass(frozen=True)
class Compiled:
    version: Version
    layout: Layout
    # all audiences by id, for one may ask for another
    stored: Mapping[int, Stored]
    # by key: of the audiences that a channel or a spoke asks for, and of spokes without one
    wishes: Mapping[int, Wish]
    # of these, those that another audience, or a new name, may change
    touchy: frozenset[int]
    percolator: Percolator[int]
    fits: Fits
    tree: GenreTree

    def wish(self, key: int) -> Wish | None:
        """Give what stands behind a key; None takes every post."""
        return None if key == HUB else self.wishes[key]

    def only(self, channels: Collection[int]) -> Compiled:
        """Know of these channels alone: a post then costs what they ask for, and no more."""
        layout = self.layout.only(channels)
        wishes = {key: self.wishes[key] for key in layout.takers.keys if key != HUB}
        expressions = {key: wish.expression for key, wish in wishes.items() if wish.expression}
        return replace(self, layout=layout, percolator=Percolator(expressions))

    def candidates(self, facts: PostFacts) -> Candidates:
        """Sort the channels that may take a post; all others do not."""
        keys = self.percolator.matching(facts)
        keys.add(HUB)
        return Candidates(*(_of_any(keys, ways) for ways in self.layout.takers))

    def nearly(self, facts: PostFacts) -> set[int]:
        """Name the channels whose audience holds, or may, whatever the floors and people say."""
        return set().union(*self.candidates(facts))


def _of_any(keys: Collection[int], ways: Mapping[int, Sequence[int]]) -> set[int]:
    return set(chain.from_iterable(map(ways.get, keys, repeat(())))) if ways else set()


def compiled() -> Compiled:
    """Give the snapshot of now; one query while nothing has changed."""
    version = current()
    kept = _kept.find(version)
    if kept is not None:
        return kept
    with _kept.lock:
        kept = _kept.find(version)
        for _ in range(TRIES):
            if kept is not None and kept.version == version:
                break
            latest = _kept.latest()
            kept = _compile(version, latest)
            if latest is None and len(kept.layout.rows) > MANY_CHANNELS:
                gc.freeze()
            _kept.keep(kept)
            version = current()
    assert kept is not None  # noqa: S101  # TRIES is more than none
    return kept


class _Kept:
    """The snapshots of this process by version, the latest used last."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._snapshots: OrderedDict[Version, Compiled] = OrderedDict()

    def find(self, version: Version) -> Compiled | None:
        return self._snapshots.get(version)

    def latest(self) -> Compiled | None:
        return next(reversed(self._snapshots.values()), None)

    def keep(self, snapshot: Compiled) -> None:
        others = [item for item in self._snapshots.items() if item[0] != snapshot.version]
        self._snapshots = OrderedDict([*others[-KEPT + 1 :], (snapshot.version, snapshot)])


_kept = _Kept()


def forget() -> None:
    """Compile anew when asked next. A process that was forked does: its lock may be held."""
    globals()["_kept"] = _Kept()


os.register_at_fork(after_in_child=forget)


def _compile(version: Version, old: Compiled | None) -> Compiled:
    """Read what moved since ``old``, and compile only what became another."""
    moved = _moved(version, old)
    if old is not None and moved <= {"profiles"}:
        return replace(old, version=version, fits=Fits.load())
    layout = old.layout if old else None
    if layout is None or moved & {"channels", "names", "graph"}:
        layout = Layout.load(layout, reads_channels="channels" in moved)
    stored = _stored(version, old)
    stale = _stale(old, stored, names_moved="names" in moved) if old else set()
    fresh = _fresh(layout, stored, old, stale)
    wishes = _kept_of(layout, old, stale) | fresh
    return Compiled(
        version=version,
        layout=layout,
        stored=stored,
        wishes=wishes,
        touchy=_touchy(old, wishes, fresh),
        percolator=_percolator(old, wishes, fresh),
        fits=Fits.load() if old is None or moved - {"audiences", "channels"} else old.fits,
        tree=GenreTree() if old is None or moved & {"names", "graph"} else old.tree,
    )


def _moved(version: Version, old: Compiled | None) -> set[str]:
    if old is None:
        return set(Version._fields)
    pairs = zip(Version._fields, version, old.version, strict=True)
    return {name for name, new, before in pairs if new != before}


# --- what audiences say ---------------------------------------------------------------------------


def _stored(version: Version, old: Compiled | None) -> Mapping[int, Stored]:
    """Read the audiences, and of those of ``old`` only the blocks in which something changed."""
    blocks = blocks_apart(version, old.version) if old else None
    if old is None or blocks is None or len(blocks) > FEW_BLOCKS:
        return _read(Q())
    if not blocks:
        return old.stored
    ranges = [range(block * BLOCK, (block + 1) * BLOCK) for block in sorted(blocks)]
    stored = dict(old.stored)
    for pk in chain.from_iterable(ranges):
        stored.pop(pk, None)
    stored.update(_read(reduce(or_, (Q(pk__gte=ids.start, pk__lt=ids.stop) for ids in ranges))))
    return stored


def _read(condition: Q) -> dict[int, Stored]:
    rows = Audience.objects.order_by().filter(condition)
    found = rows.values_list("pk", "name", "expression", "names")
    return {pk: Stored(*said) for pk, *said in found.iterator()}


def _changed(stored: Mapping[int, Stored], old: Mapping[int, Stored]) -> set[int]:
    if stored is old:
        return set()
    changed = {
        pk for pk, said in stored.items() if (was := old.get(pk)) is not said and was != said
    }
    return changed.union(pk for pk in old if pk not in stored)


# --- what channels and spokes ask for -------------------------------------------------------------


def _stale(old: Compiled, stored: Mapping[int, Stored], *, names_moved: bool) -> set[int]:
    """Name the audiences that are not what they were, and those that ask for one of them."""
    changed = _changed(stored, old.stored)
    stale = changed.union(renamed(old.wishes) if names_moved else ())
    for pk in old.touchy:
        # what can't be read may be readable now
        if old.wishes[pk].trouble or not changed.isdisjoint(old.wishes[pk].includes):
            stale.add(pk)
    return stale


def _kept_of(layout: Layout, old: Compiled | None, stale: set[int]) -> dict[int, Wish]:
    """Give the wishes that stay as they are."""
    if old is None:
        return {}
    if layout is old.layout:
        return dict(old.wishes)
    asked = layout.asked & old.wishes.keys()
    return {pk: old.wishes[pk] for pk in asked if pk not in stale}


def _fresh(
    layout: Layout, stored: Mapping[int, Stored], old: Compiled | None, stale: set[int]
) -> dict[int, Wish]:
    """Read what nobody asked for before, or what is not what it was."""
    if old is not None and layout is old.layout:
        return _read_wishes(layout.asked & stale, stored)
    before = old.wishes.keys() - stale if old else set[int]()
    return {**layout.own_wishes, **_read_wishes(layout.asked - before, stored)}


def _touchy(
    old: Compiled | None, wishes: Mapping[int, Wish], fresh: Mapping[int, Wish]
) -> frozenset[int]:
    before = {pk for pk in old.touchy if pk in wishes and pk not in fresh} if old else set[int]()
    return frozenset(before).union(
        pk for pk, wish in fresh.items() if wish.trouble or wish.includes
    )


def _read_wishes(keys: Collection[int], stored: Mapping[int, Stored]) -> dict[int, Wish]:
    # one that is gone since the channels were read takes nothing
    wishes = dict.fromkeys(keys, Wish())
    rows = [Audience(pk=pk, **stored[pk]._asdict()) for pk in keys if pk in stored]
    for pk, reading in read_saved(rows).items():
        wish = Wish.read(stored[pk].name, reading.result())
        texts = [stored[key].names for key in (pk, *wish.includes) if key in stored]
        wishes[pk] = replace(wish, loose=loose_texts(wish, texts))
    return wishes


def _percolator(
    old: Compiled | None, wishes: Mapping[int, Wish], fresh: Mapping[int, Wish]
) -> Percolator[int]:
    """Change only the keys that ask for something else now."""
    if old is None:
        return Percolator({key: one.expression for key, one in wishes.items() if one.expression})
    percolator = old.percolator.copy()
    for key in old.wishes.keys() - wishes.keys():
        percolator.drop(key)
    for key, wish in fresh.items():
        before = old.wishes.get(key)
        if before and before.expression == wish.expression:
            continue
        if wish.expression:
            percolator.put(key, wish.expression)
        else:
            percolator.drop(key)
    return percolator
