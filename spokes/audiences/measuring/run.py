"""Measure how right routing is on real listeners: hide, build, publish, count."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from spokes.audiences.fit import Fits
from spokes.audiences.measuring.figures import (
    Crowd,
    Figures,
    Mark,
    Ranked,
    lift_at,
    matched_by_popularity,
)
from spokes.audiences.measuring.house import (
    Followers,
    House,
    followers_by_rank,
    followers_by_share,
    most_heard,
    open_places,
    tastes_of,
)
from spokes.audiences.measuring.listens import Listens, Split, shuffle_hidden, split_listens
from spokes.audiences.routing import RoutingTable
from spokes.channels.models import Channel

FLOORS = (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
# counted finer than they are shown, to say what there is at just so much reach; most posts of which
# little is known lie around 0.5
FINE = tuple(
    thousandth / 1000 for thousandth in range(1001) if 480 < thousandth < 560 or not thousandth % 10
)
REACHES = (0.3, 0.4, 0.5, 0.6, 0.65, 0.7)
# the spokes that each listener follows
FOLLOWED = 2
# the peer's: how much of a post is of the genre. With 0, followers get everything
SHARES = (0.0, 0.01, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9)
# and whom it may take as followers: of the few genres that are most theirs, or by share
RANKS = (1, 2, 3, 5)
LEAST = (0.02, 0.05, 0.08, 0.12, 0.2)
FIT, GENRE_AND_FIT, SIMPLE = "fit", "genre and fit", "simple threshold"
# of how many settings the peer takes the best
SETTINGS = 2 * (len(RANKS) + 2 * len(LEAST))


@dataclass(frozen=True)
class Setting:
    """One way to decide, at one threshold; the peer's also by who follows, and what is counted."""

    way: str
    floor: float
    follow: str = ""


@dataclass(frozen=True)
class AtReach:
    """The lift at just so much reach: the mean of the seeds, and their standard deviation."""

    mean: float
    spread: float

    def as_dict(self) -> dict[str, float]:
        return {"lift": round(self.mean, 4), "spread": round(self.spread, 4)}


# by way and reach; a way that never reaches so much has none
Curves = dict[str, dict[float, AtReach]]


@dataclass
class Measured:
    """The figures of one split, each the mean of the seeds."""

    split: str
    spokes: int
    users: int
    posts: float = 0
    cold_posts: float = 0
    all_posts: dict[Setting, Figures] = field(default_factory=dict)
    cold: dict[Setting, Figures] = field(default_factory=dict)
    # as if each post had the routing of another one, as popular
    control: dict[Setting, Figures] = field(default_factory=dict)
    at: Curves = field(default_factory=dict)
    at_cold: Curves = field(default_factory=dict)

    def curve(self, way: str) -> dict[Setting, Figures]:
        return {setting: one for setting, one in self.all_posts.items() if setting.way == way}

    def as_dict(self) -> dict[str, Any]:
        def told(figures: Mapping[Setting, Figures]) -> list[dict[str, Any]]:
            return [{**vars(setting), **one.as_dict()} for setting, one in figures.items()]

        def at(curves: Curves) -> dict[str, Any]:
            return {
                way: {f"{reach:.2f}": one.as_dict() for reach, one in points.items()}
                for way, points in curves.items()
            }

        numbers = {"posts": round(self.posts), "cold_posts": round(self.cold_posts)}
        curves = {"all": self.all_posts, "cold": self.cold, "control": self.control}
        return {
            "split": self.split,
            "spokes": self.spokes,
            "users": self.users,
            **numbers,
            "lift at reach": {"all": at(self.at), "cold": at(self.at_cold)},
            **{name: told(figures) for name, figures in curves.items()},
        }


class Disagreement(Exception):
    """What was routed with the floor set is not what its scores say."""


def measure(
    house: House,
    listens: Listens,
    *,
    split: str,
    spokes: int,
    seeds: Iterable[int],
    checked_floor: float | None = None,
    shuffled: bool = False,
) -> Measured:
    """Measure one kind of split on ``spokes`` spokes, each seed hiding another half.

    ``checked_floor`` is also set on the channels, and the posts are routed once more with it;
    ``shuffled`` puts chance in the place of the hidden half.
    """
    counts: list[Counts] = []
    for seed in seeds:
        halves = split_listens(listens, by=split, seed=seed)
        if shuffled:
            halves = shuffle_hidden(halves, seed=seed)
        run = Run(house, listens, halves, spokes, seed)
        if checked_floor is not None and not counts:
            run.check(checked_floor)
        counts.append(run.count())
    every, cold = [one.all_posts for one in counts], [one.cold for one in counts]
    return Measured(
        split,
        spokes,
        len(listens.heard),
        posts=_mean(one.posts for one in counts),
        cold_posts=_mean(one.cold_posts for one in counts),
        all_posts=_means(every),
        cold=_means(cold),
        control=_means([one.control for one in counts]),
        at=_at_reaches(every),
        at_cold=_at_reaches(cold),
    )


@dataclass
class Counts:
    """What came of one run; the run itself, with its scores, is let go."""

    posts: int
    cold_posts: int
    all_posts: dict[Setting, Figures]
    cold: dict[Setting, Figures]
    control: dict[Setting, Figures]


@dataclass(frozen=True)
class Decided:
    """One way to decide: who follows which genre, and what each spoke scores, by post."""

    way: str
    follow: str
    floors: tuple[float, ...]
    followers: Followers
    ranked: Mapping[str, Ranked]


class Run:
    """One hidden half: its spokes, its posts as routed, and who should have got them."""

    def __init__(
        self, house: House, listens: Listens, halves: Split, spokes: int, seed: int
    ) -> None:
        self.house = house
        listeners = halves.listeners()
        self.posts = sorted(listeners)
        popularity = Counter(artist for heard in halves.known.values() for artist in heard)
        self.cold = [post for post in self.posts if not popularity[post]]
        self.swapped = matched_by_popularity(self.posts, popularity.__getitem__, seed=seed)
        marks = {post: _marks(house, post) for post in self.posts}
        self.crowd = Crowd(listens.heard, listeners, marks, _hearing(house, listens))
        self.named = tastes_of(house.named, halves.known)
        self.rolled_up = tastes_of(house.rolled_up, halves.known)
        self.genres = most_heard(self.named, spokes)
        self.followers = followers_by_rank(self.named, self.genres, FOLLOWED)
        self.places = open_places(house, halves.known, self.followers)
        Channel.objects.update(fit_floor=None)
        self.scores = self._route()

    def count(self) -> Counts:
        counts = Counts(len(self.posts), len(self.cold), {}, {}, {})
        for decided in self._decided():
            counts.all_posts |= self._curve(decided, self.posts)
            counts.cold |= self._curve(decided, self.cold)
            if decided.way != SIMPLE:
                counts.control |= self._curve(decided, self.posts, as_if=self.swapped)
        return counts

    def _curve(
        self, decided: Decided, posts: list[str], *, as_if: Mapping[str, str] | None = None
    ) -> dict[Setting, Figures]:
        masks = [self.crowd.mask(decided.followers[genre]) for genre in self.genres]
        curve = self.crowd.curve(masks, decided.ranked, decided.floors, posts, as_if=as_if or {})
        return {
            Setting(decided.way, floor, decided.follow): figures for floor, figures in curve.items()
        }

    def check(self, floor: float) -> None:
        """Route once more with the floor on the channels; raise Disagreement if it differs."""
        Channel.objects.update(fit_floor=floor)
        table = RoutingTable.load()
        for post in self.posts:
            taken = table.takers(self.house.facts[post], {})
            scores = {way: {at: one for one, at in self.scores[way][post]} for way in self.scores}
            for at, place in enumerate(self.places):
                # nobody follows it, so there is no taste to guard
                if not place.followers:
                    continue
                for way, channel in ((FIT, place.open), (GENRE_AND_FIT, place.by_genre)):
                    score = scores[way].get(at, -1.0)
                    if (channel.pk in taken) != (score >= floor):
                        raise Disagreement(f"{post} on {channel}: {score}")

    def _route(self) -> dict[str, dict[str, Ranked]]:
        """Route every post to all channels; by way and post, the fit where it is taken."""
        scores: dict[str, dict[str, Ranked]] = {FIT: {}, GENRE_AND_FIT: {}}
        table, fits = RoutingTable.load(), Fits.load()
        for post in self.posts:
            facts = self.house.facts[post]
            taken = table.takers(facts, {})
            found: list[tuple[float, int]] = []
            for at, place in enumerate(self.places):
                # both channels of a spoke go by its profile
                if fit := fits.fit(facts, place.open):
                    found.append((fit.score, at))
            found.sort(reverse=True)
            scores[FIT][post] = [pair for pair in found if self.places[pair[1]].open.pk in taken]
            scores[GENRE_AND_FIT][post] = [
                pair for pair in found if self.places[pair[1]].by_genre.pk in taken
            ]
        return scores

    def _decided(self) -> Iterator[Decided]:
        for way in (FIT, GENRE_AND_FIT):
            yield Decided(way, "", FINE, self.followers, self.scores[way])
        for counted, source in (
            ("named", self.house.named),
            ("at or below", self.house.rolled_up),
        ):
            shares = self._shares(source)
            for follow, followers in self._peers_followers():
                told = f"{follow}; posts {counted}"
                yield Decided(SIMPLE, told, SHARES, followers, shares)

    def _peers_followers(self) -> Iterator[tuple[str, Followers]]:
        for number in RANKS:
            yield f"{number} each", followers_by_rank(self.named, self.genres, number)
        for least in LEAST:
            for counted, tastes in (("named", self.named), ("at or below", self.rolled_up)):
                followers = followers_by_share(tastes, self.genres, least)
                yield f"{least:.0%} {counted}", followers

    def _shares(self, source: Mapping[str, Mapping[int, float]]) -> dict[str, Ranked]:
        """Score a post by its share of the spoke's genre, as a floor of the spoke does."""
        ranked: dict[str, Ranked] = {}
        for post in self.posts:
            own = source.get(post, {})
            shares = [(own.get(genre, 0.0), at) for at, genre in enumerate(self.genres)]
            ranked[post] = sorted(shares, reverse=True)
        return ranked


def _hearing(house: House, listens: Listens) -> dict[Mark, set[str]]:
    """By mark: who listens to anything with it."""
    users: defaultdict[Mark, set[str]] = defaultdict(set)
    for user, heard in listens.heard.items():
        for artist in heard:
            for mark in _marks(house, artist):
                users[mark].add(user)
    return users


def _marks(house: House, artist: str) -> list[Mark]:
    """Give the genres of the post about an artist; its tags, where it has no genre."""
    facts = house.facts[artist]
    if facts.direct_genres:
        return [("genre", pk) for pk in facts.direct_genres]
    return [("tag", pk) for pk in facts.tags]


def _mean(numbers: Iterable[float]) -> float:
    return statistics.fmean(numbers)


def _means(runs: list[dict[Setting, Figures]]) -> dict[Setting, Figures]:
    names = list(Figures.__dataclass_fields__)
    return {
        setting: Figures(
            **{name: _mean(getattr(run[setting], name) for run in runs) for name in names}
        )
        for setting in runs[0]
    }


def _at_reaches(runs: list[dict[Setting, Figures]]) -> Curves:
    """Find the lift at each reach; of the peer's settings the best, chosen in hindsight."""
    found: Curves = {FIT: {}, GENRE_AND_FIT: {}, SIMPLE: {}}
    rules = dict.fromkeys((setting.way, setting.follow) for setting in runs[0])
    for way, follow in rules:
        curves = [
            [one for setting, one in run.items() if (setting.way, setting.follow) == (way, follow)]
            for run in runs
        ]
        for reach in REACHES:
            lifts = [lift for curve in curves if (lift := lift_at(curve, reach)) is not None]
            if len(lifts) < len(runs):
                continue
            point = AtReach(_mean(lifts), statistics.stdev(lifts) if len(lifts) > 1 else 0.0)
            best = found[way].get(reach)
            if best is None or point.mean > best.mean:
                found[way][reach] = point
    return found
