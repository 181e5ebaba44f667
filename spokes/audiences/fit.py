"""How well a post fits what a channel's people listen to: a number from 0 to 1, and its parts.

A post and a profile are weights over genres and tags, the rare ones weighing more (tf-idf), and
are compared by the cosine of their angle; of a post that says little of itself, the likeness counts
less. The score is the logistic of three parts added up: how near the post is to their taste, how
near it is to what is usual in the whole house (which counts against it, for what everybody likes
says nothing of them), and how many of its people listen to its artists already. 0.5 is a post that
is no more theirs than everybody's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext

from spokes.audiences.facts import PostFacts
from spokes.audiences.profiles.models import (
    ArchiveShare,
    AudienceProfile,
    Origin,
    ProfileArtist,
    ProfileGenre,
    ProfileTag,
)
from spokes.channels.models import Channel

# these were chosen by coarse steps on one half of the listeners of docs/reference/targeting.md, and
# the figures there are of the other half; around them the curve stays much the same
LISTENERS_WEIGHT = 0.2
# so many more people who listen to nothing of the post: of four, one says little
NOT_LISTENING = 5
# of what is usual, so much is what the house posts; the rest is what all its people listen to, so
# that a typed tag counts before a post has it
ARCHIVE = 0.9
# the sum of the parts that makes 0.73 of 0.5
SCALE = 0.075
# what is rarer than this in the house is as rare as this
RAREST = 1e-4
# of what decided, so many are named
NAMED = 4

# a genre or a tag, by id → weight
Weights = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class FitPart:
    """One of the numbers that add up: ``value`` times ``weight``, and the fact behind it."""

    name: str
    value: float
    weight: float
    fact: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "weight": self.weight,
            "fact": self.fact,
        }


@dataclass(frozen=True)
class Fit:
    """A score from 0 to 1; the parts are put into words when somebody asks for them."""

    score: float
    tell: Callable[[], tuple[FitPart, ...]] = field(compare=False, repr=False)

    @cached_property
    def parts(self) -> tuple[FitPart, ...]:
        return self.tell()

    def as_dict(self) -> dict[str, Any]:
        return {"score": round(self.score, 4), "parts": [part.as_dict() for part in self.parts]}


@dataclass(frozen=True, slots=True)
class Side:
    """Genres, or tags, of a post or a taste: their weights, and the square of its length."""

    weights: Weights
    square: float

    @classmethod
    def of(cls, shares: Weights, rarity: Callable[[int], float]) -> Side:
        weights = {pk: share * rarity(pk) for pk, share in shares.items()}
        return cls(weights, sum(weight * weight for weight in weights.values()))

    def times(self, other: Side) -> float:
        mine, theirs = self.weights, other.weights
        if len(mine) > len(theirs):
            mine, theirs = theirs, mine
        return sum(weight * theirs[pk] for pk, weight in mine.items() if pk in theirs)


@dataclass(frozen=True, slots=True)
class Vector:
    genres: Side
    tags: Side

    def square(self, families: Families) -> float:
        genres = self.genres.square if families.genres else 0.0
        return genres + (self.tags.square if families.tags else 0.0)

    def cosine(self, other: Vector, families: Families) -> float:
        squares = self.square(families) * other.square(families)
        if not squares:
            return 0.0
        dot = self.genres.times(other.genres) if families.genres else 0.0
        if families.tags:
            dot += self.tags.times(other.tags)
        return dot / math.sqrt(squares)


@dataclass(frozen=True, slots=True)
class Families:
    """Of what a profile says anything: only that of a post is compared."""

    genres: bool
    tags: bool


# a post, how much it tells of itself, and how near it is to what is usual
Weighed = tuple[Vector, float, float]


@dataclass(frozen=True, slots=True)
class Taste:
    """A profile, ready to be compared."""

    people: int
    vector: Vector
    families: Families
    # share of its people, and where that is from
    artists: Mapping[int, tuple[float, str]]
    # where no genre was counted: the typed ones, each of which stands for all below it
    typed_genres: frozenset[int]


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual in the house: the share of each genre and tag, 0..1."""

    genres: Weights
    tags: Weights
    vector: Vector = field(init=False)
    # what a post of the house says of itself, as a rule: the squares of its length
    of_a_post: tuple[float, float] = field(init=False)

    def __post_init__(self) -> None:
        vector = self.weigh(self.genres, self.tags)
        object.__setattr__(self, "vector", vector)
        squares = (_expected(self.genres, vector.genres), _expected(self.tags, vector.tags))
        object.__setattr__(self, "of_a_post", squares)

    def told_by(self, post: Vector, families: Families) -> float:
        """Say how much a post tells of itself, 0..1; as much as others do is 0.5."""
        genres, tags = self.of_a_post
        others = (genres if families.genres else 0.0) + (tags if families.tags else 0.0)
        length = math.sqrt(post.square(families))
        return length / (length + math.sqrt(others)) if length else 0.0

    def weigh(self, genres: Weights, tags: Weights) -> Vector:
        return Vector(
            Side.of(genres, lambda pk: _rarity(self.genres.get(pk, 0))),
            # a tag that neither the house nor any profile has used yet says nothing
            Side.of(tags, lambda pk: _rarity(self.tags[pk]) if pk in self.tags else 0.0),
        )


@dataclass(frozen=True)
class Names:
    genres: dict[int, str]
    tags: dict[int, str]


class Fits:
    """The tastes of all spokes and channels that have a profile, in memory."""

    def __init__(
        self,
        usual: Usual,
        of_spokes: Mapping[int, Taste],
        of_channels: Mapping[int, Taste],
        names: Names,
    ) -> None:
        self._usual = usual
        self._of_spokes = of_spokes
        self._of_channels = of_channels
        self._names = names
        # the last post, weighed once for all channels whose profiles say the same kinds of things
        self._last: tuple[PostFacts | None, dict[Families, Weighed]] = (None, {})

    @classmethod
    def load(cls) -> Fits:
        """Read all profiles in five queries."""
        return _load()

    def knows(self, channel: Channel) -> bool:
        """Tell whether there is a profile to measure posts for the channel against."""
        return channel.pk in self._of_channels or (channel.spoke_id or 0) in self._of_spokes

    def fit(self, facts: PostFacts, channel: Channel) -> Fit | None:
        """Compare a post with the channel's own profile or its spoke's; None without either."""
        taste = self._of_channels.get(channel.pk) or self._of_spokes.get(channel.spoke_id or 0)
        if taste is None:
            return None
        post, told, everybodys = self._weighed_for(taste, facts)
        theirs = told * post.cosine(taste.vector, taste.families)
        listeners = _listeners(taste, facts)
        total = theirs - everybodys + LISTENERS_WEIGHT * listeners
        score = 1 / (1 + math.exp(-total / SCALE))

        def tell() -> tuple[FitPart, ...]:
            return (
                FitPart("theirs", theirs, 1.0, self._theirs_fact(post, taste, facts)),
                FitPart("everybodys", everybodys, -1.0, self._usual_fact(post, taste)),
                FitPart("listeners", listeners, LISTENERS_WEIGHT, _listeners_fact(taste, facts)),
            )

        return Fit(score, tell)

    def _weighed_for(self, taste: Taste, facts: PostFacts) -> Weighed:
        if taste.typed_genres:
            return self._weighed(_gathered(facts, taste.typed_genres), facts, taste.families)
        last, weighed = self._last
        if last is not facts:
            weighed = {}
            self._last = (facts, weighed)
        found = weighed.get(taste.families)
        if found is None:
            found = weighed[taste.families] = self._weighed(
                _rolled_up(facts), facts, taste.families
            )
        return found

    def _weighed(self, genres: Weights, facts: PostFacts, families: Families) -> Weighed:
        post = self._usual.weigh(genres, dict.fromkeys(facts.tags, 1.0))
        told = self._usual.told_by(post, families)
        return post, told, told * post.cosine(self._usual.vector, families)

    def _theirs_fact(self, post: Vector, taste: Taste, facts: PostFacts) -> str:
        shared = self._shared(post, taste.vector, taste.families, unless=self._usual.vector)
        if shared:
            return gettext("more usual here than elsewhere: {names}").format(names=_listed(shared))
        has = [
            *sorted(facts.names.genres.get(pk, "?") for pk in facts.direct_genres),
            *sorted(facts.names.tags.get(pk, "?") for pk in facts.tags),
        ]
        if not has:
            return gettext("it has no genre and no tag")
        return gettext("nothing of it is more usual here than elsewhere (it has: {names})").format(
            names=_listed(has[:NAMED])
        )

    def _usual_fact(self, post: Vector, taste: Taste) -> str:
        shared = self._shared(post, self._usual.vector, taste.families)
        if shared:
            return gettext("usual in the whole house: {names}").format(names=_listed(shared))
        return gettext("nothing of it is usual in the whole house")

    def _shared(
        self, post: Vector, other: Vector, families: Families, unless: Vector | None = None
    ) -> list[str]:
        """Name what both have, the most telling first; not what weighs as much in ``unless``."""
        found: list[tuple[float, str]] = []
        if families.genres:
            less = unless.genres if unless else None
            found += _products(post.genres, other.genres, less, self._names.genres)
        if families.tags:
            less = unless.tags if unless else None
            found += _products(post.tags, other.tags, less, self._names.tags)
        return [name for _, name in sorted(found, key=lambda pair: (-pair[0], pair[1]))[:NAMED]]


def _rarity(share: float) -> float:
    return math.log1p(1 / max(share, RAREST))


def _expected(shares: Weights, side: Side) -> float:
    """Give the square of a post's length on average: with a share of the posts, it has the weight.

    A share times its rarity is what ``side`` has.
    """
    return sum(weight * weight / shares[pk] for pk, weight in side.weights.items() if weight)


def _certainty(people: int) -> float:
    """Shrink a share that few people were counted for; a typed one is somebody's word."""
    return people / (people + NOT_LISTENING) if people else 1.0


def _products(
    post: Side, other: Side, unless: Side | None, names: Mapping[int, str]
) -> Iterator[tuple[float, str]]:
    for pk, weight in post.weights.items():
        theirs = other.weights.get(pk, 0.0)
        if theirs > (unless.weights.get(pk, 0.0) if unless else 0.0):
            yield weight * theirs, names.get(pk, "?")


def _rolled_up(facts: PostFacts) -> dict[int, float]:
    """Give each genre of the post, and those above, its share."""
    rolled: dict[int, float] = {}
    for genre, above in facts.lineage.items():
        share = facts.shares.get(genre, 0.0)
        for ancestor in above:
            rolled[ancestor] = rolled.get(ancestor, 0.0) + share
    return rolled


def _gathered(facts: PostFacts, typed: frozenset[int]) -> dict[int, float]:
    """Count a genre below typed ones as those, and any other as itself."""
    gathered: dict[int, float] = {}
    for genre, above in facts.lineage.items():
        share = facts.shares.get(genre, 0.0)
        for stands in above & typed or (genre,):
            gathered[stands] = gathered.get(stands, 0.0) + share
    return gathered


def _listeners(taste: Taste, facts: PostFacts) -> float:
    """Say how much its people listen to the artists: one that they know makes no list theirs."""
    known = [taste.artists[pk][0] for pk in facts.artists if pk in taste.artists]
    if not known:
        return 0.0
    certainty = _certainty(taste.people)
    return sum(math.sqrt(share * certainty) for share in known) / len(facts.artists)


def _listeners_fact(taste: Taste, facts: PostFacts) -> str:
    known = [(pk, *taste.artists[pk]) for pk in facts.artists if pk in taste.artists]
    if not known:
        names = sorted(facts.names.artists.values())[:NAMED]
        if not names:
            return gettext("it is about no artist")
        return gettext("none of its people is known to listen to {names}").format(
            names=get_text_list(names, gettext("or"))
        )
    artist, share, origin = max(known, key=lambda one: (one[1], -one[0]))
    said = (
        gettext("{percent} of what its people opened is about {artist}")
        if origin == Origin.LEARNT
        else gettext("{percent} of its people listen to {artist}")
    )
    percent = f"{share:.0%}" if share >= 0.01 else f"{share:.1%}"
    fact = said.format(percent=percent, artist=facts.names.artists.get(artist, "?"))
    if (number := len(facts.artists)) == 1:
        return fact
    return gettext("{fact}, one of {number} artists").format(fact=fact, number=number)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


# --- loading ----------------------------------------------------------------------------------


@dataclass
class Rows:
    """The stored weights of one profile."""

    people: int
    genres: dict[int, float] = field(default_factory=dict)
    tags: dict[int, float] = field(default_factory=dict)
    artists: dict[int, tuple[float, str]] = field(default_factory=dict)
    all_typed: bool = True


def _load() -> Fits:
    profiles = list(AudienceProfile.objects.values_list("pk", "spoke_id", "channel_id", "people"))
    rows = {pk: Rows(people) for pk, _, _, people in profiles}
    names = Names({}, {})
    if rows:
        names = _read_weights(rows)
    usual = _usual(list(rows.values()), names) if rows else Usual({}, {})
    tastes = {pk: _taste(row, usual) for pk, row in rows.items()}
    return Fits(
        usual,
        {spoke: tastes[pk] for pk, spoke, _, _ in profiles if spoke},
        {channel: tastes[pk] for pk, _, channel, _ in profiles if channel},
        names,
    )


def _read_weights(rows: Mapping[int, Rows]) -> Names:
    genres: dict[int, str] = {}
    tags: dict[int, str] = {}
    told = ("profile_id", "weight", "origin")
    of_genres = ProfileGenre.objects.order_by()
    for profile, weight, origin, pk, name in of_genres.values_list(*told, "genre", "genre__name"):
        rows[profile].genres[pk] = weight
        rows[profile].all_typed &= origin == Origin.TYPED
        genres[pk] = name
    of_tags = ProfileTag.objects.order_by()
    for profile, weight, _, pk, name in of_tags.values_list(*told, "tag", "tag__name"):
        rows[profile].tags[pk] = weight
        tags[pk] = name
    of_artists = ProfileArtist.objects.order_by()
    for profile, weight, origin, pk in of_artists.values_list(*told, "artist"):
        rows[profile].artists[pk] = (weight, origin)
    return Names(genres, tags)


def _usual(profiles: list[Rows], names: Names) -> Usual:
    """Mix what the house posts with a little of what all its people listen to.

    Typed profiles, of nobody knows how many people, weigh as much as a counted one on average.
    """
    counted = [row.people for row in profiles if row.people]
    average = sum(counted) / len(counted) if counted else 1.0
    weights = [row.people or average for row in profiles]
    genres, tags = {}, {}
    archive = ArchiveShare.objects.values_list("genre", "genre__name", "tag", "tag__name", "share")
    for genre, genre_name, tag, tag_name, share in archive:
        if genre:
            genres[genre] = share
            names.genres.setdefault(genre, genre_name)
        else:
            tags[tag] = share
            names.tags.setdefault(tag, tag_name)
    return Usual(
        _mixed(genres, [row.genres for row in profiles], weights),
        _mixed(tags, [row.tags for row in profiles], weights),
    )


def _mixed(archive: Weights, tastes: list[dict[int, float]], weights: list[float]) -> Weights:
    mixed = {pk: share * ARCHIVE for pk, share in archive.items()}
    total = sum(weights) / (1 - ARCHIVE)
    for taste, weight in zip(tastes, weights, strict=True):
        for pk, share in taste.items():
            mixed[pk] = mixed.get(pk, 0.0) + share * weight / total
    return mixed


def _taste(row: Rows, usual: Usual) -> Taste:
    return Taste(
        row.people,
        usual.weigh(row.genres, row.tags),
        Families(bool(row.genres), bool(row.tags)),
        row.artists,
        frozenset(row.genres) if row.all_typed else frozenset(),
    )
