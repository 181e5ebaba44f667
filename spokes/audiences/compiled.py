"""All that routing is compiled from, as it stood at one version; each process keeps it.

A snapshot is never changed: who finds that the version moved makes the next one from it, which
shares all that is the same. So any thread may use the one that it has, and one that was made
within a transaction that is undone is simply never asked for again.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, repeat
from typing import NamedTuple

from spokes.audiences.explain import GenreTree
from spokes.audiences.facts import PostFacts
from spokes.audiences.fit import Fits
from spokes.audiences.language import And, Expression, Included, Not, Or, Term, read_saved
from spokes.audiences.models import Audience
from spokes.audiences.percolator import Percolator
from spokes.audiences.version import Version, current
from spokes.audiences.wishes import Family, Plan, Wish
from spokes.channels.models import Channel

# the one in use, and the one before: a change that is tried and taken back costs nothing twice
KEPT = 2
# what is read while others write may be of two versions; so often it is read again
TRIES = 3


# the key of what takes every post
HUB = 0


class Takers(NamedTuple):
    """Channels by key: those that a match is enough for, and those that ask for more."""

    sure: Mapping[int, Sequence[int]]
    asked: Mapping[int, Sequence[int]]


@dataclass(frozen=True)
class Compiled:
    version: Version
    # with what decides and nothing else
    channels: Mapping[int, Channel]
    family: Family
    audiences: Mapping[int, Audience]
    # of the audiences that a channel or a spoke asks for, by id
    wishes: Mapping[int, Wish]
    spoke_wishes: Mapping[int, Wish]
    # keys are the ids of audiences, and those of spokes that ask for their genre, below zero
    percolator: Percolator[int]
    fits: Fits
    tree: GenreTree

    @cached_property
    def plans(self) -> Mapping[int, Plan]:
        return {pk: self._plan(channel) for pk, channel in self.channels.items()}

    @cached_property
    def takers(self) -> Takers:
        """Sort the channels by the keys of the percolator that bring them a post."""
        found: tuple[defaultdict[int, list[int]], defaultdict[int, list[int]]]
        found = defaultdict(list), defaultdict(list)
        for pk, plan in self.plans.items():
            unguarded = plan.fit_floor is None and not (plan.spoke and plan.spoke.genre_floor)
            for key, sure in self._ways(self.channels[pk], plan):
                found[0 if sure and unguarded else 1][key].append(pk)
        return Takers(*map(dict, found))

    def candidates(self, facts: PostFacts) -> tuple[set[int], set[int]]:
        """Name the channels that surely take a post, and those that may; all others do not."""
        keys = self.percolator.matching(facts)
        keys.add(HUB)
        sure = set(chain.from_iterable(map(self.takers.sure.get, keys, repeat(()))))
        if not self.takers.asked:
            return sure, set()
        asked = set(chain.from_iterable(map(self.takers.asked.get, keys, repeat(()))))
        return sure, asked - sure

    def _ways(self, channel: Channel, plan: Plan) -> Iterator[tuple[int, bool]]:
        """Give each key that may bring the channel a post, and whether it surely does."""
        if channel.audience_id:
            yield channel.audience_id, True
        elif plan.spoke is None:
            yield HUB, True
        else:
            for spoke in (plan.spoke, *plan.rising):
                open_to_all = not self.spoke_wishes[spoke.pk].closed
                enough = spoke is plan.spoke or not spoke.genre_floor
                yield spoke.audience_id or -spoke.pk, open_to_all and enough

    def _plan(self, channel: Channel) -> Plan:
        spoke = self.family.spokes[channel.spoke_id] if channel.spoke_id else None
        if channel.audience_id:
            return Plan(self.wishes[channel.audience_id], spoke, channel.fit_floor)
        if spoke is None:
            return Plan(None, fit_floor=channel.fit_floor)
        return Plan(
            self.spoke_wishes[spoke.pk],
            spoke,
            channel.fit_floor,
            self.family.rising_to(spoke),
            self.family.closed_below(spoke),
        )


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
            kept = _compile(version, _kept.latest())
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
    rows = Channel.objects.order_by().only("spoke", "audience", "fit_floor")
    channels = {channel.pk: channel for channel in rows}
    family = Family.load()
    wishes, audiences = _wishes(channels, family, None if "names" in moved else old)
    spoke_wishes = {
        pk: wishes[spoke.audience_id] if spoke.audience_id else family.own_wish(spoke)
        for pk, spoke in family.spokes.items()
    }
    return Compiled(
        version=version,
        channels=channels,
        family=family,
        audiences=audiences,
        wishes=wishes,
        spoke_wishes=spoke_wishes,
        percolator=_percolator(old, _expressions(wishes, spoke_wishes, family)),
        fits=Fits.load() if old is None or moved - {"audiences"} else old.fits,
        tree=GenreTree() if old is None or moved & {"names", "graph"} else old.tree,
    )


def _moved(version: Version, old: Compiled | None) -> set[str]:
    if old is None:
        return set(Version._fields)
    pairs = zip(Version._fields, version, old.version, strict=True)
    return {name for name, new, before in pairs if new != before}


def _wishes(
    channels: Mapping[int, Channel], family: Family, old: Compiled | None
) -> tuple[dict[int, Wish], dict[int, Audience]]:
    """Read the audiences that somebody asks for; those of ``old`` that are the same stay."""
    asked = {channel.audience_id for channel in channels.values()}
    asked |= {spoke.audience_id for spoke in family.spokes.values()}
    # all, for one may ask for another
    every = {audience.pk: audience for audience in Audience.objects.order_by().iterator()}
    changed = _changed(every, old)
    wishes = dict(old.wishes) if old else {}
    wishes = {pk: wish for pk, wish in wishes.items() if pk in asked and pk not in changed}
    unread = [every[pk] for pk in asked if pk in every and pk not in wishes]
    for pk, reading in read_saved(unread).items():
        wishes[pk] = Wish.read(every[pk].name, reading.result())
    return wishes, every


def _changed(every: Mapping[int, Audience], old: Compiled | None) -> set[int]:
    """Name the audiences that are not what they were, and those that ask for one of them."""
    if old is None:
        return set(every)
    changed = {
        pk
        for pk in every.keys() | old.audiences.keys()
        if _said(every, pk) != _said(old.audiences, pk)
    }
    for pk, wish in old.wishes.items():
        # what can't be read may be readable now
        if wish.expression is None or not changed.isdisjoint(_includes(wish.expression)):
            changed.add(pk)
    return changed


def _said(audiences: Mapping[int, Audience], pk: int) -> tuple[object, ...]:
    audience = audiences.get(pk)
    return (audience.name, audience.expression, audience.names) if audience else ()


def _includes(expression: Expression) -> Iterator[int]:
    """Name the audiences that an expression asks for, and that those ask for."""
    waiting = [expression]
    while waiting:
        match waiting.pop():
            case Term(value=Included(audience=pk, expression=inner)):
                yield pk
                waiting.append(inner)
            case Not(operand):
                waiting.append(operand)
            case And(operands) | Or(operands):
                waiting.extend(operands)


def _expressions(
    wishes: Mapping[int, Wish], spoke_wishes: Mapping[int, Wish], family: Family
) -> dict[int, Expression]:
    """Give each key of the percolator what it asks for."""
    found = {pk: wish.expression for pk, wish in wishes.items() if wish.expression}
    for pk, wish in spoke_wishes.items():
        if wish.expression and not family.spokes[pk].audience_id:
            found[-pk] = wish.expression
    return found


def _percolator(old: Compiled | None, expressions: Mapping[int, Expression]) -> Percolator[int]:
    """Change only the keys that ask for something else now."""
    if old is None:
        return Percolator(expressions)
    before = _expressions(old.wishes, old.spoke_wishes, old.family)
    percolator = old.percolator.copy()
    for key in before.keys() - expressions.keys():
        percolator.drop(key)
    for key, expression in expressions.items():
        if before.get(key) is not expression and before.get(key) != expression:
            percolator.put(key, expression)
    return percolator
