"""What came of a routing: who got a post, and whether it was one that was hidden from them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# users as the bits of a number, so that a thousand are counted at once
Mask = int


@dataclass(frozen=True)
class Figures:
    """Of one way to decide, at one threshold."""

    # share of hits among deliveries, over the share when everybody gets every post
    lift: float
    # share of hidden artists that reached the listener from whom they were hidden
    reached: float
    # of the spokes that got posts: whose deliveries are hits more often than everybody's
    on_taste: float
    # deliveries to a listener who listens to nothing of the post's genres, for each listener
    off_taste: float
    deliveries: float

    def as_dict(self) -> dict[str, Any]:
        return {name: round(value, 4) for name, value in vars(self).items()}


@dataclass(frozen=True)
class Spoken:
    """A spoke as its deliveries are counted: its followers, and what it scores each post."""

    followers: Mask
    scores: Mapping[str, float]


class Crowd:
    """The listeners, what was hidden from them, and what they listen to at all."""

    def __init__(
        self,
        users: Iterable[str],
        listeners: Mapping[str, Iterable[str]],
        at_home: Mapping[str, Iterable[str]],
    ) -> None:
        """Take, by post, the users from whom it was hidden, and those to whom it is no stranger."""
        self._bits = {user: 1 << number for number, user in enumerate(sorted(users))}
        self.number = len(self._bits)
        self.hidden = {post: self.mask(found) for post, found in listeners.items()}
        self.at_home = {post: self.mask(found) for post, found in at_home.items()}

    def mask(self, users: Iterable[str]) -> Mask:
        mask = 0
        for user in users:
            mask |= self._bits[user]
        return mask

    def curve(
        self,
        spokes: Iterable[Spoken],
        floors: Iterable[float],
        posts: Iterable[str],
        *,
        as_if: Mapping[str, str],
    ) -> dict[float, Figures]:
        """Count what goes where the score is at least each floor.

        ``as_if`` names a post whose routing another one takes: the control by chance.
        """
        listed, spoken = list(posts), list(spokes)
        tallies = {floor: Tally(spoken) for floor in sorted(floors, reverse=True)}
        for post in listed:
            routed = as_if.get(post, post)
            scored = ((spoke.scores.get(routed, -1.0), at) for at, spoke in enumerate(spoken))
            best = sorted(scored, reverse=True)
            for floor, tally in tallies.items():
                taken = [at for score, at in best if score >= floor]
                tally.add(taken, self.hidden.get(post, 0), self.at_home.get(post, 0))
        wanted = sum(self.hidden.get(post, 0).bit_count() for post in listed)
        base = wanted / (len(listed) * self.number) if listed else 0.0
        return {floor: tally.figures(wanted, base, self.number) for floor, tally in tallies.items()}


class Tally:
    """What is counted over all posts at one threshold."""

    def __init__(self, spokes: list[Spoken]) -> None:
        self._followers = [spoke.followers for spoke in spokes]
        self._sizes = [followers.bit_count() for followers in self._followers]
        self._of_spokes = [[0, 0] for _ in spokes]
        self._hits = self._sent = self._strangers = 0

    def add(self, taken: Iterable[int], hidden: Mask, at_home: Mask) -> None:
        got = 0
        for at in taken:
            followers = self._followers[at]
            got |= followers
            self._of_spokes[at][0] += (followers & hidden).bit_count()
            self._of_spokes[at][1] += self._sizes[at]
        self._hits += (got & hidden).bit_count()
        self._sent += got.bit_count()
        self._strangers += (got & ~at_home).bit_count()

    def figures(self, wanted: int, base: float, users: int) -> Figures:
        busy = [counts for counts in self._of_spokes if counts[1]]
        good = sum(found / sent > base for found, sent in busy)
        return Figures(
            lift=self._hits / self._sent / base if self._sent and base else 0.0,
            reached=self._hits / wanted if wanted else 0.0,
            on_taste=good / len(busy) if busy else 0.0,
            off_taste=self._strangers / users,
            deliveries=self._sent / users,
        )


def matched_by_popularity(
    posts: Iterable[str], popularity: Callable[[str], int], *, seed: int
) -> dict[str, str]:
    """Give each post the routing of another one, as popular with the listeners as it is."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    alike: defaultdict[int, list[str]] = defaultdict(list)
    # the few most popular ones have nobody quite like them
    for post in sorted(posts):
        alike[round(3 * popularity(post) ** 0.5)].append(post)
    swapped: dict[str, str] = {}
    for some in alike.values():
        others = some[:]
        chance.shuffle(others)
        swapped |= dict(zip(some, others, strict=True))
    return swapped


def best_at(curve: Iterable[Figures], reach: float) -> Figures | None:
    """Find the highest lift among those that reach at least so much."""
    enough = [one for one in curve if one.reached >= reach]
    return max(enough, key=lambda one: one.lift, default=None)
