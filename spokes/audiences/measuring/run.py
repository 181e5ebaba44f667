"""Measure how right routing is on real listeners: hide, build, publish, count."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from spokes.audiences.fit import Fits
from spokes.audiences.measuring.figures import (
    Crowd,
    Figures,
    Mask,
    Spoken,
    matched_by_popularity,
)
from spokes.audiences.measuring.house import (
    House,
    Place,
    followers_of,
    open_places,
    tastes_of,
)
from spokes.audiences.measuring.listens import Listens, Split, shuffle_hidden, split_listens
from spokes.audiences.routing import RoutingTable
from spokes.channels.models import Channel

FLOORS = (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
SHARES = (0.05, 0.15, 0.3, 0.5, 0.7)
# how much of a genre makes a follower of its spoke; the peer may choose
FOLLOW = 0.08
PEERS_FOLLOW = (0.05, 0.08, 0.15, 0.25, 0.4)
FIT, GENRE_AND_FIT, SIMPLE = "fit", "genre and fit", "simple threshold"

# by post → score
Scores = dict[str, float]


@dataclass(frozen=True)
class Setting:
    """One way to decide, at one threshold; the peer's also by who follows."""

    way: str
    floor: float
    follow: float = FOLLOW


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

    def curve(self, way: str) -> dict[Setting, Figures]:
        return {setting: one for setting, one in self.all_posts.items() if setting.way == way}

    def as_dict(self) -> dict[str, Any]:
        def told(figures: Mapping[Setting, Figures]) -> list[dict[str, Any]]:
            return [{**vars(setting), **one.as_dict()} for setting, one in figures.items()]

        numbers = {"posts": round(self.posts), "cold_posts": round(self.cold_posts)}
        curves = {"all": self.all_posts, "cold": self.cold, "control": self.control}
        return {
            "split": self.split,
            "spokes": self.spokes,
            "users": self.users,
            **numbers,
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
    runs = []
    for seed in seeds:
        halves = split_listens(listens, by=split, seed=seed)
        if shuffled:
            halves = shuffle_hidden(halves, seed=seed)
        runs.append(Run(house, listens, halves, spokes, seed))
        if checked_floor is not None and len(runs) == 1:
            runs[0].check(checked_floor)
    return Measured(
        split,
        spokes,
        len(listens.heard),
        posts=sum(len(run.posts) for run in runs) / len(runs),
        cold_posts=sum(len(run.cold) for run in runs) / len(runs),
        all_posts=_means([run.figures(run.posts) for run in runs]),
        cold=_means([run.figures(run.cold) for run in runs]),
        control=_means([run.figures(run.posts, as_if=run.swapped) for run in runs]),
    )


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
        self.crowd = Crowd(listens.heard, listeners, _at_home(house, listens, self.posts))
        self.tastes = tastes_of(house, halves.known)
        self.places = open_places(house, halves.known, self.tastes, number=spokes, follow=FOLLOW)
        Channel.objects.update(fit_floor=None)
        self.scores = self._route()
        self._ways = list(self._decided())

    def figures(
        self, posts: list[str], *, as_if: Mapping[str, str] | None = None
    ) -> dict[Setting, Figures]:
        found: dict[Setting, Figures] = {}
        for way, follow, floors, spokes in self._ways:
            curve = self.crowd.curve(spokes, floors, posts, as_if=as_if or {})
            found |= {Setting(way, floor, follow): one for floor, one in sorted(curve.items())}
        return found

    def check(self, floor: float) -> None:
        """Route once more with the floor on the channels; raise Disagreement if it differs."""
        Channel.objects.update(fit_floor=floor)
        table = RoutingTable.load()
        for post in self.posts:
            taken = table.takers(self.house.facts[post], {})
            for way, channel in self._channels():
                score = self.scores[way][channel.spoke_id or 0].get(post, -1.0)
                if (channel.pk in taken) != (score >= floor):
                    raise Disagreement(f"{post} on {channel}: {score}")

    def _channels(self) -> list[tuple[str, Channel]]:
        return [
            pair
            for place in self.places
            for pair in ((FIT, place.open), (GENRE_AND_FIT, place.by_genre))
        ]

    def _route(self) -> dict[str, dict[int, Scores]]:
        """Route every post to all channels; by way and spoke, the fit of what is taken."""
        scores: dict[str, dict[int, Scores]] = {
            way: {place.spoke.pk: {} for place in self.places} for way in (FIT, GENRE_AND_FIT)
        }
        table, fits = RoutingTable.load(), Fits.load()
        for post in self.posts:
            facts = self.house.facts[post]
            taken = table.takers(facts, {})
            for way, channel in self._channels():
                fit = fits.fit(facts, channel) if channel.pk in taken else None
                if fit is not None:
                    scores[way][channel.spoke_id or 0][post] = fit.score
        return scores

    def _decided(self) -> Iterator[tuple[str, float, tuple[float, ...], list[Spoken]]]:
        """Give each way to decide with who follows, its thresholds, and what each spoke scores."""
        for way in (FIT, GENRE_AND_FIT):
            spokes = [
                Spoken(self.crowd.mask(place.followers), self.scores[way][place.spoke.pk])
                for place in self.places
            ]
            yield way, FOLLOW, FLOORS, spokes
        shares = [self._shares(place) for place in self.places]
        for follow in PEERS_FOLLOW:
            masks = [self._followers(place, follow) for place in self.places]
            yield SIMPLE, follow, SHARES, [Spoken(*one) for one in zip(masks, shares, strict=True)]

    def _shares(self, place: Place) -> Scores:
        """Score as a spoke with a genre floor and no profile does."""
        genre = frozenset({place.spoke.genre_id})
        return {post: self.house.facts[post].share_of(genre) for post in self.posts}

    def _followers(self, place: Place, follow: float) -> Mask:
        return self.crowd.mask(followers_of(self.tastes, place.spoke.genre_id, follow=follow))


def _at_home(house: House, listens: Listens, posts: list[str]) -> dict[str, set[str]]:
    """By post: who listens to anything of its genres; of its tags, where it has no genre."""
    users: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for user, heard in listens.heard.items():
        for artist in heard:
            for mark in _marks(house, artist):
                users[mark].add(user)
    return {post: set().union(*(users[mark] for mark in _marks(house, post))) for post in posts}


def _marks(house: House, artist: str) -> list[tuple[str, int]]:
    facts = house.facts[artist]
    if facts.direct_genres:
        return [("genre", pk) for pk in facts.direct_genres]
    return [("tag", pk) for pk in facts.tags]


def _means(runs: list[dict[Setting, Figures]]) -> dict[Setting, Figures]:
    def mean(name: str, setting: Setting) -> float:
        return sum(float(getattr(run[setting], name)) for run in runs) / len(runs)

    names = list(Figures.__dataclass_fields__)
    return {
        setting: Figures(**{name: mean(name, setting) for name in names}) for setting in runs[0]
    }
