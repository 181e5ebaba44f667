"""What came of a routing: who got a post, and whether it was one that was hidden from them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

# users as the bits of a number, so that a thousand are counted at once
Mask = int
# a genre, or a tag, by id
Mark = tuple[str, int]


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


# the spokes that want a post, by number, each with its score, the highest first
Ranked = list[tuple[float, int]]


class Crowd:
    """The listeners, what was hidden from them, and what they listen to at all."""

    def __init__(
        self,
        users: Iterable[str],
        listeners: Mapping[str, Iterable[str]],
        marks: Mapping[str, Iterable[Mark]],
        hearing: Mapping[Mark, Iterable[str]],
    ) -> None:
        """Take, by post, the users from whom it was hidden, and what it is marked with.

        ``hearing`` names the users who hear anything with a mark: to them it is no stranger.
        """
        self._bits = {user: 1 << number for number, user in enumerate(sorted(users))}
        self.number = len(self._bits)
        self.hidden = {post: self.mask(found) for post, found in listeners.items()}
        masks = {mark: self.mask(users) for mark, users in hearing.items()}
        self.at_home = {
            post: reduce(or_, (masks[mark] for mark in own), 0) for post, own in marks.items()
        }

    def mask(self, users: Iterable[str]) -> Mask:
        mask = 0
        for user in users:
            mask |= self._bits[user]
        return mask

    def curve(
        self,
        followers: Sequence[Mask],
        ranked: Mapping[str, Ranked],
        floors: Iterable[float],
        posts: Iterable[str],
        *,
        as_if: Mapping[str, str],
    ) -> dict[float, Figures]:
        """Count what goes where the score is at least each floor.

        ``as_if`` names a post whose routing another one takes: the control by chance.
        """
        listed = list(posts)
        tally = Tally(followers, floors)
        for post in listed:
            best = ranked.get(as_if.get(post, post), [])
            tally.add(best, self.hidden.get(post, 0), self.at_home.get(post, 0))
        wanted = sum(self.hidden.get(post, 0).bit_count() for post in listed)
        base = wanted / (len(listed) * self.number) if listed else 0.0
        return tally.figures(wanted, base, self.number)


@dataclass
class Sums:
    """What is counted over all posts at one floor."""

    # by spoke: hits and deliveries of what it takes at this floor, and not at the one above
    of_spokes: list[list[int]]
    hits: int = 0
    sent: int = 0
    strangers: int = 0


class Tally:
    """Count all floors in one go, the highest first: a lower one takes what a higher one does."""

    def __init__(self, followers: Sequence[Mask], floors: Iterable[float]) -> None:
        self._followers = followers
        self._sizes = [mask.bit_count() for mask in followers]
        floors = sorted(floors, reverse=True)
        self._sums = {floor: Sums([[0, 0] for _ in followers]) for floor in floors}

    def add(self, best: Ranked, hidden: Mask, at_home: Mask) -> None:
        got = done = hits = sent = strangers = 0
        for floor, sums in self._sums.items():
            before = done
            while done < len(best) and best[done][0] >= floor:
                at = best[done][1]
                followers = self._followers[at]
                got |= followers
                sums.of_spokes[at][0] += (followers & hidden).bit_count()
                sums.of_spokes[at][1] += self._sizes[at]
                done += 1
            if done != before:
                hits, sent = (got & hidden).bit_count(), got.bit_count()
                strangers = (got & ~at_home).bit_count()
            sums.hits += hits
            sums.sent += sent
            sums.strangers += strangers

    def figures(self, wanted: int, base: float, users: int) -> dict[float, Figures]:
        of_spokes = [[0, 0] for _ in self._followers]
        found = {}
        for floor, sums in self._sums.items():
            for counts, more in zip(of_spokes, sums.of_spokes, strict=True):
                counts[0] += more[0]
                counts[1] += more[1]
            busy = [counts for counts in of_spokes if counts[1]]
            good = sum(hits / sent > base for hits, sent in busy)
            found[floor] = Figures(
                lift=sums.hits / sums.sent / base if sums.sent and base else 0.0,
                reached=sums.hits / wanted if wanted else 0.0,
                on_taste=good / len(busy) if busy else 0.0,
                off_taste=sums.strangers / users,
                deliveries=sums.sent / users,
            )
        return found


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


def lift_at(curve: Iterable[Figures], reach: float) -> float | None:
    """Find the lift at just this reach, mixing the two floors around it; None if none reaches it.

    Mixed are the deliveries that it takes: some posts are sent by one floor, some by the other.
    """
    reached, cost = 0.0, 0.0
    for one in sorted(curve, key=lambda one: (one.reached, -one.lift)):
        if not one.lift:
            continue
        more = one.reached / one.lift
        if one.reached >= reach:
            step = (reach - reached) / (one.reached - reached) if reached else 0.0
            return reach / (cost + step * (more - cost)) if reached else one.lift
        reached, cost = one.reached, more
    return None
